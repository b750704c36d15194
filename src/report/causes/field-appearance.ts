import { LRUCache } from "lru-cache";
import { memoizePerObject } from "../../lib/memoize.ts";
import type { Relation } from "../../model/difference.ts";
import type { CauseField } from "../../model/review.ts";
import { parseStatusPath } from "../../presentation/statuses/status-change.ts";
import { fieldKey } from "../judge/field-counts.ts";

/** The differences of a run, by endpoint: the `appearanceKey` of each differing field. */
export type AppearancesByEndpoint = ReadonlyMap<string, ReadonlySet<string>>;

/** A service has the same fields in every report, so their objects and keys are made once. */
const causeFields = new LRUCache<string, CauseField>({ max: 20_000 });

/**
 * A field with its relation or reason: the same object for equal input.
 * @param key the `fieldKey` of the field
 */
export function causeField(
  key: string,
  field: Omit<CauseField, "relation" | "reason">,
  relation: Relation | null,
  reason?: string,
): CauseField {
  const appearance = `${key}\n${relation ?? ""}\n${reason ?? ""}`;
  const known = causeFields.get(appearance);
  if (known !== undefined) return known;
  const { section, path, kind } = field;
  const created = { section, path, kind, relation, ...(reason === undefined ? {} : { reason }) };
  causeFields.set(appearance, created);
  return created;
}

/** Names the appearance of a difference: the field with its relation, or the reason why a response is missing. */
export function appearanceKey(field: CauseField): string {
  const appearance = `${fieldKey(field)}\n${field.relation ?? ""}`;
  return field.reason === undefined ? appearance : `${appearance}\n${field.reason}`;
}

/** The `appearanceKey` of a field that `causeField` returned. */
export const cachedAppearanceKey = memoizePerObject((field: CauseField) => appearanceKey(field));

/** Names the location of a difference, whatever its kind; for a status, the primary's, whatever the candidate sends instead. */
export function locationKey({ section, path }: Pick<CauseField, "section" | "path">): string {
  const change = section === "status" ? parseStatusPath(path) : undefined;
  return `${section}\n${change?.primary ?? path}`;
}
