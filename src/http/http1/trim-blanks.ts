const HTAB = 0x09;
const SP = 0x20;

/** Returns a part of a text without the spaces and tabs around it (RFC 9110 §5.5), in linear time whatever the text is. */
export function trimBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Whether a byte, or a character, is a space or a tab. */
export function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
