import type { CauseField } from "../../model/review.ts";
import { coincidingFields, type FieldRows } from "./coinciding-fields.ts";
import { nameCause, type CauseName } from "./cause-name.ts";
import { cachedAppearanceKey } from "./field-appearance.ts";

/** Fewer than this many endpoints have causes of their own. */
const MIN_ENDPOINTS = 2;
/** Bounds the work over all endpoints: rows of all header fields together. Beyond it, headers have causes of their own. */
const MAX_ROWS = 300_000;

/** A differing header field of an endpoint. */
interface HeaderField {
  /** Object of `causeField`. */
  readonly field: CauseField;
  /** Indexes of the endpoint's outcome rows in which it differs, ascending. */
  readonly rows: readonly number[];
}

/** The header fields of an endpoint that count, and the exchanges of each of its outcome rows. */
export interface EndpointHeaders {
  readonly endpoint: string;
  readonly weights: readonly number[];
  readonly fields: readonly HeaderField[];
}

/**
 * Groups header fields that differ in the same exchanges over all endpoints, as those of a framework do. Only fields of at least
 * two endpoints take part, and those that come and go never mix with those that change their value.
 * @returns the cause of each shared field, by its `appearanceKey`
 */
export function sharedHeaders(endpoints: readonly EndpointHeaders[]): ReadonlyMap<string, CauseName> {
  const found = new Map<string, { readonly field: CauseField; readonly names: Set<string>; readonly rows: number[] }>();
  const weights: number[] = [];
  let total = 0;
  for (const endpoint of endpoints) {
    const offset = weights.length;
    for (const weight of endpoint.weights) weights.push(weight);
    for (const { field, rows } of endpoint.fields) {
      total += rows.length;
      const appearance = cachedAppearanceKey(field);
      const known = found.get(appearance) ?? { field, names: new Set(), rows: [] };
      known.names.add(endpoint.endpoint);
      for (const row of rows) known.rows.push(offset + row);
      found.set(appearance, known);
    }
  }
  const causes = new Map<string, CauseName>();
  if (total > MAX_ROWS) return causes;
  const shared = [...found].filter(([, { names }]) => names.size >= MIN_ENDPOINTS);
  for (const members of Map.groupBy(shared, ([, { field }]) => comesAndGoes(field)).values()) {
    const fields = members.map(([key, { rows }]): FieldRows => ({ key, rows }));
    for (const keys of coincidingFields(fields, weights)) {
      const cause = nameCause(keys.flatMap((key) => found.get(key)?.field ?? []));
      for (const key of keys) causes.set(key, cause);
    }
  }
  return causes;
}

function comesAndGoes({ kind }: CauseField): boolean {
  return kind === "missing" || kind === "extra";
}
