import type { RawHeaders } from "../../../../src/model/capture.ts";

/** A header name with the values of each side, in order. */
export interface HeaderRow {
  /** Lower case. */
  readonly name: string;
  readonly left: readonly string[];
  readonly right: readonly string[];
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

/**
 * Header or trailer fields of two responses side by side: first those that differ, then by name.
 * @param differing lower-case names in which the comparison found a difference
 */
export function headerRows(left: RawHeaders, right: RawHeaders, differing: ReadonlySet<string>): readonly HeaderRow[] {
  const [one, two] = [byName(left), byName(right)];
  // Without a response on one side, every field is missing there, which is not a difference of the fields.
  const isHeadMissing = one.size === 0 || two.size === 0;
  const rank = { differs: 0, ignored: 1, same: 2 };
  return [...new Set([...one.keys(), ...two.keys()])]
    .map((name): HeaderRow => {
      const [a, b] = [one.get(name) ?? [], two.get(name) ?? []];
      const equal = isHeadMissing || (a.length === b.length && a.every((value, index) => value === b[index]));
      return { name, left: a, right: b, mark: differing.has(name) ? "differs" : equal ? "same" : "ignored" };
    })
    .sort((x, y) => rank[x.mark] - rank[y.mark] || (x.name < y.name ? -1 : 1));
}
