import type { CauseField, Review } from "../../model/review.ts";
import type { RuleAction } from "../../model/rule-actions.ts";
import type { Rule } from "../../model/rule.ts";

/** A rule that was added at run time, with its action as JSON. */
export type RuleRow = Omit<Rule, "action" | "kind" | "path" | "source"> & {
  /** A list of paths as JSON: no path begins with a bracket. */
  readonly path: string;
  readonly action: string;
  readonly kind: Rule["kind"] | null;
};

/** A review with its lists as JSON. */
export type ReviewRow = Omit<Review, "endpoints" | "fields"> & { readonly endpoints: string; readonly fields: string };

export function encodeRule(added: Rule): RuleRow {
  const { source: _, action, kind = null, path, ...rule } = added;
  const written = typeof path === "string" ? path : JSON.stringify(path);
  return { ...rule, path: written, kind, action: JSON.stringify(action) };
}

export function decodeRule({ action, kind, path, ...rule }: RuleRow): Rule {
  return {
    ...rule,
    path: path.startsWith("[") ? (JSON.parse(path) as string[]) : path,
    source: "dashboard",
    ...(kind !== null && { kind }),
    action: JSON.parse(action) as RuleAction,
  };
}

export function encodeReview({ endpoints, fields, ...review }: Review): ReviewRow {
  return { ...review, endpoints: JSON.stringify(endpoints), fields: JSON.stringify(fields) };
}

export function decodeReview({ endpoints, fields, ...review }: ReviewRow): Review {
  return { ...review, endpoints: JSON.parse(endpoints) as string[], fields: JSON.parse(fields) as CauseField[] };
}
