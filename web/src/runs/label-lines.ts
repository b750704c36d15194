/**
 * Labels as somebody types them, `commit=3f2a` on a line each; the value is all behind the first `=`.
 * @returns null when a line is no label
 */
export function parseLabels(text: string): Readonly<Record<string, string>> | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => [line.split("=", 1)[0]?.trim() ?? "", line.slice(line.indexOf("=") + 1).trim()]);
  return lines.every((line) => line.trim().indexOf("=") > 0) ? Object.fromEntries(pairs) : null;
}
