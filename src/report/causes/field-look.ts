import { LRUCache } from "lru-cache";
import type { Relation } from "../../model/difference.ts";
import type { CauseField } from "../../model/review.ts";
import { fieldKey } from "../judge/field-verdicts.ts";
import { memoizePerObject } from "../../lib/memoize.ts";

/** Fields that are kept, so that their looks are named once: a service has the same ones in every report. */
const MAX_KEPT = 20_000;
const kept = new LRUCache<string, Map<Relation | null, CauseField>>({ max: MAX_KEPT });

/** A field with its relation: the same object for the same. @param key its `fieldKey` */
export function causeField(key: string, field: Omit<CauseField, "relation">, relation: Relation | null): CauseField {
  const known = kept.get(key)?.get(relation);
  if (known !== undefined) return known;
  const { section, path, kind } = field;
  const made = { section, path, kind, relation };
  kept.set(key, (kept.get(key) ?? new Map<Relation | null, CauseField>()).set(relation, made));
  return made;
}

/** Names what a difference looks like: a field of another relation looks different. */
export function lookKey(field: CauseField): string {
  return `${fieldKey(field)}\n${field.relation ?? ""}`;
}

/** The same of what `causeField` gave. */
export const keptLook = memoizePerObject((field: CauseField) => lookKey(field));

/** Names where a difference is. */
export function placeKey({ section, path }: Pick<CauseField, "section" | "path">): string {
  return `${section}\n${path}`;
}
