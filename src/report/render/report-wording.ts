import type { FieldReport } from "../../model/report.ts";

/** Enough to tell two shares apart that a report may hold against each other. */
const MAX_DECIMALS = 8;
/** What floating point may be off. */
const EPSILON = 1e-12;

const COUNT = new Intl.NumberFormat("en-US");

/** A count with its thousands apart: `1,204`. */
export function countText(count: number): string {
  return COUNT.format(count);
}

/** A count with what is counted: `1 answer`, `1,204 answers`. @param one the noun, with what stands before it */
export function pluralText(count: number, one: string): string {
  return `${countText(count)} ${one}${count === 1 ? "" : "s"}`;
}

/**
 * A share as per cent with two decimals, or as many more as it takes not to look like a number that it is not.
 * @param share 0–1
 * @param limit the share that it is held against
 * @returns `92.62 %`, `99.9 %`
 */
export function percentText(share: number, limit = 1): string {
  for (let decimals = 2; ; decimals++) {
    const text = String(Number((share * 100).toFixed(decimals)));
    const misleads = [0, 1, limit].some((other) => share !== other && Math.abs(Number(text) / 100 - other) < EPSILON);
    if (!misleads || decimals === MAX_DECIMALS) return `${text} %`;
  }
}

/** A factor with three significant digits: `1.34`, `12.3`. */
export function factorText(factor: number): string {
  return factor >= 100 ? countText(Math.round(factor)) : String(Number(factor.toPrecision(3)));
}

/** Where a field is, for a person: `body $.price`, `header etag`, `status`. */
export function fieldText({ section, path }: Pick<FieldReport, "section" | "path">): string {
  return section === "status" || section === "transport" ? section : `${section} ${path}`;
}

const NAMED_FIELDS = 3;

/** The first fields by name, the rest as a number: `body $.price, header etag and 4 more`. */
export function fieldListText(fields: readonly Pick<FieldReport, "section" | "path">[]): string {
  const names = [...new Set(fields.map(fieldText))];
  const named = names.slice(0, NAMED_FIELDS);
  const rest = names.length - named.length;
  return rest === 0 ? named.join(", ") : `${named.join(", ")} and ${countText(rest)} more`;
}
