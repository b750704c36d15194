import type { CauseField } from "../model/review.ts";
import { fieldKey } from "./noise.ts";

/** Names what a difference looks like: a field of another relation looks different. */
export function lookKey(field: CauseField): string {
  return `${fieldKey(field)}\n${field.relation ?? ""}`;
}

/** Names where a difference is. */
export function placeKey({ section, path }: Pick<CauseField, "section" | "path">): string {
  return `${section}\n${path}`;
}
