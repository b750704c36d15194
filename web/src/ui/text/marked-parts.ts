/** Takes the place of a backtick that a captured value contains; no text of people has it. */
const SHIELD = "\uE000";

/** The text at its backticks; every second part is code. */
export function markedParts(text: string, values: readonly string[]): readonly string[] {
  const own = values.filter((value) => value.includes("`"));
  const shielded = own.reduce((rest, value) => rest.replaceAll(value, () => value.replaceAll("`", SHIELD)), text);
  return shielded.split("`").map((part) => (own.length === 0 ? part : part.replaceAll(SHIELD, "`")));
}
