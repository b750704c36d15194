/** Every part has a bound, so that a text is searched in linear time. */
const EMAIL = /[^\s@<>"'(),;:=&/?]{1,64}(?:@|%40)[\p{L}\p{N}%-]{1,63}(?:\.[\p{L}\p{N}%-]{1,63}){1,8}/giu;
const CARD = /(?<!\d)\d(?:(?:[ +-]|%20)?\d){12,18}(?!\d)/g;
/** ISO 13616: country, check digits, and up to 30 characters, in groups of four or not. */
const ACCOUNT = /(?<![A-Z\d])[A-Z]{2}\d\d(?:(?:[ +-]|%20)?[A-Z\d]){11,30}(?![A-Z\d])/gi;
const MAY_HAVE_ACCOUNT = /[A-Z]{2}\d\d[ +%-]?[A-Z\d]/i;
/** A social security number of the United States, without those that are never assigned. */
const SOCIAL_SECURITY = /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])/g;
const GROUP_END = /[ +-]|%20|$/g;
const MIN_ACCOUNT_CHARS = 15;
const A = "a".charCodeAt(0);

/** A text with e-mail addresses, and numbers of cards, accounts and persons, replaced. */
export function withoutPersonal(text: string, hide: (found: string) => string): string {
  const hidden = /@|%40/.test(text) ? text.replaceAll(EMAIL, hide) : text;
  const withoutAccounts = MAY_HAVE_ACCOUNT.test(hidden)
    ? hidden.replaceAll(ACCOUNT, (found) => hiddenAccount(found, hide))
    : hidden;
  if (!/\d[\d %+-]{10}/.test(withoutAccounts)) return withoutAccounts;
  return withoutAccounts
    .replaceAll(CARD, (digits) => (isCard(digits) ? hide(digits) : digits))
    .replaceAll(SOCIAL_SECURITY, hide);
}

/** Whether digits, possibly separated, are the number of a card: ISO/IEC 7812-1, annex B. */
export function isCard(text: string): boolean {
  const digits = text.replaceAll(/%20|\D/g, "");
  if (digits.length < 13 || digits.length > 19 || text.startsWith("-")) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The number may be followed by words, which look like further groups. */
function hiddenAccount(found: string, hide: (found: string) => string): string {
  const ends = [...found.matchAll(GROUP_END)].map(({ index }) => index).toReversed();
  const end = ends.find((one) => isAccount(found.slice(0, one)));
  return end === undefined ? found : hide(found.slice(0, end)) + found.slice(end);
}

/** The check digits of ISO 7064, MOD 97-10: letters count from 10, the first four characters come last. */
function isAccount(text: string): boolean {
  const characters = text.replaceAll(/%20|[ +-]/g, "").toLowerCase();
  if (characters.length < MIN_ACCOUNT_CHARS) return false;
  let rest = 0;
  for (const character of characters.slice(4) + characters.slice(0, 4)) {
    const isDigit = character <= "9";
    rest = isDigit ? (rest * 10 + Number(character)) % 97 : (rest * 100 + character.charCodeAt(0) - A + 10) % 97;
  }
  return rest === 1;
}
