import type { RawHeaders } from "../../model/capture.ts";

/** A value on each side; undefined where that side has none. */
interface HeaderLine {
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** A header field, or a cookie that it sets, with the values of each side. */
export interface HeaderRow {
  /** Lower case; for a cookie with its name, `set-cookie SID`. */
  readonly name: string;
  /** Next to each other where they belong together: the values in order, and the attributes of a cookie by name. */
  readonly lines: readonly HeaderLine[];
  /** `differs`: the comparison counts a difference. `ignored`: the values differ, but the field does not count. */
  readonly mark: "same" | "differs" | "ignored";
}

function byName(headers: RawHeaders): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? "").toLowerCase();
    values.set(name, [...(values.get(name) ?? []), headers[index + 1] ?? ""]);
  }
  return values;
}

/** The parts of each cookie by name: the pair itself first, then the attributes. */
function cookiesOf(values: readonly string[]): Map<string, Map<string, string>> {
  const cookies = new Map<string, Map<string, string>>();
  for (const value of values) {
    const [pair = "", ...attributes] = value.split(";").map((part) => part.trim());
    const parts = new Map([["", pair]]);
    for (const attribute of attributes) parts.set((attribute.split("=")[0] ?? "").toLowerCase(), attribute);
    cookies.set(pair.split("=")[0] ?? "", parts);
  }
  return cookies;
}

function pairedValues(left: readonly string[], right: readonly string[]): HeaderLine[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => ({ left: left[at], right: right[at] }));
}

interface NamedLines {
  readonly name: string;
  readonly lines: readonly HeaderLine[];
}

function cookieRows(left: readonly string[], right: readonly string[]): NamedLines[] {
  const [one, other] = [cookiesOf(left), cookiesOf(right)];
  return [...new Set([...one.keys(), ...other.keys()])].map((cookie) => {
    const [a, b] = [one.get(cookie), other.get(cookie)];
    const parts = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
    return {
      name: `set-cookie ${cookie}`,
      lines: [...parts].map((part) => ({ left: a?.get(part), right: b?.get(part) })),
    };
  });
}

/** Whether one of the differing paths is about a row: a field, or a cookie and its attributes. */
export function isAbout(path: string, name: string): boolean {
  const lower = path.toLowerCase();
  const own = name.toLowerCase().replace(" ", ".");
  return lower === own || lower.startsWith(`${own}.`);
}

/**
 * Header or trailer fields of two responses side by side: first those that differ, then by name.
 * @param differing paths of fields in which the comparison found a difference
 */
export function headerRows(left: RawHeaders, right: RawHeaders, differing: readonly string[]): readonly HeaderRow[] {
  const [one, two] = [byName(left), byName(right)];
  // Without a response on one side, every field is missing there, which is not a difference of the fields.
  const isHeadMissing = one.size === 0 || two.size === 0;
  const rank = { differs: 0, ignored: 1, same: 2 };
  return [...new Set([...one.keys(), ...two.keys()])]
    .flatMap((name): NamedLines[] => {
      const [a, b] = [one.get(name) ?? [], two.get(name) ?? []];
      return name === "set-cookie" ? cookieRows(a, b) : [{ name, lines: pairedValues(a, b) }];
    })
    .map(({ name, lines }): HeaderRow => {
      const isEqual = isHeadMissing || lines.every((line) => line.left === line.right);
      const isCounted = differing.some((path) => isAbout(path, name));
      return { name, lines, mark: isCounted ? "differs" : isEqual ? "same" : "ignored" };
    })
    .sort((x, y) => rank[x.mark] - rank[y.mark] || (x.name < y.name ? -1 : 1));
}
