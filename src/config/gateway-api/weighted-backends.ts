import type { Destination } from "../../model/routing.ts";
import { MAX_WEIGHT } from "../defaults.ts";
import { backend } from "./backend-ref.ts";
import { modifiersOf, type RouteKind } from "./route-filters.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { number } from "../kubernetes/scalar-fields.ts";
import type { RouteContext } from "../istio/virtual-service.ts";

/**
 * Reads `backendRefs` of a rule.
 * @param rule for the report of missing backends
 * @returns empty after an error
 */
export function weightedBackends(
  rule: DocumentField,
  metadata: Metadata,
  context: RouteContext,
  kind: RouteKind,
): readonly Destination[] {
  const field = rule.child("backendRefs");
  const all = (field?.items() ?? []).map((item) => ({
    item,
    target: backend(item, metadata, kind.protocol),
    weight: number(item.child("weight"), { min: 0, max: MAX_WEIGHT }) ?? 1,
    changes: modifiersOf(item.child("filters"), kind),
  }));
  if (all.length === 0) (field ?? rule).error("no backendRefs; write at least one");
  const sum = all.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0 && all.length > 0) {
    field?.error("all weights are 0; at least one must be greater");
    return [];
  }
  return all.flatMap(({ item, target, weight, changes }) =>
    target === undefined || (weight === 0 && all.length > 1)
      ? []
      : [{ subset: context.directory.book.subsetAt(target, item), weight, ...changes }],
  );
}
