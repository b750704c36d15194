import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { EndpointReport } from "../../model/report.ts";
import type { Rule } from "../../model/rule.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";

const MAX_NAMED = 20;

/** Reasons for the verdict: denied causes that are still present, each with the rule that would hide it. */
export function deniedReasons(
  endpoints: readonly Pick<EndpointReport, "endpoint" | "causes">[],
  rulesInForce: readonly Rule[],
): readonly string[] {
  const reasons = endpoints.flatMap(({ endpoint, causes }) =>
    causes
      .filter(({ state }) => state === "denied")
      .map(({ title, count, fields, review }) => {
        const rule = rulesInForce.find(
          (each) =>
            each.action.type !== "only" &&
            matchesEndpoint(each.endpoint, endpoint) &&
            fields.some((field) => matchesPath(each, field)),
        );
        const by = review === null || review.by === "" ? "" : ` by ${review.by}`;
        const ignored = rule === undefined ? "" : `; rule ${rule.id} does not hide denied causes`;
        return `${endpoint}: denied${by}, still in ${formatPlural(count, "response")}: ${title}${ignored}`;
      }),
  );
  const rest = reasons.length - MAX_NAMED;
  if (rest <= 0) return reasons;
  const verb = rest === 1 ? "is" : "are";
  return [...reasons.slice(0, MAX_NAMED), `${formatPlural(rest, "more denied cause")} ${verb} still present`];
}
