const MAX_CHARACTERS = 60;
const NOT_VISIBLE = /[^\u0020-\u007e]/g;

/** A text from a file for a message: on one line, in quotes, cut, and with bytes outside ASCII escaped. */
export function quoted(text: string): string {
  const cut = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  const visible = cut.replaceAll(NOT_VISIBLE, (character) => {
    return character === "…" ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${visible}"`;
}
