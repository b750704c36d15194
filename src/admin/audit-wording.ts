import type { Review } from "../model/review.ts";
import type { Rule } from "../model/rule.ts";

/** A rule in one line: what it does, where, until when and why. */
export function ruleText({ action, endpoint, section, path, kind, reason, expiresAt }: Rule): string {
  const place = `${section} ${path}${kind === undefined ? "" : ` (${kind})`}`;
  return `the rule ${action.type} for ${endpoint}: ${place}${untilText(expiresAt)}: ${reason}`;
}

/** A decision in one line. */
export function reviewText({ decision, endpoint, title, reason, expiresAt }: Review): string {
  return `${decision} ${endpoint}: ${title}${untilText(expiresAt)}: ${reason}`;
}

function untilText(expiresAt: number | null): string {
  return expiresAt === null ? "" : ` until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
}
