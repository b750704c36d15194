import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { EndpointReport } from "../../model/report.ts";
import type { CountedRun } from "../read-counts.ts";
import { formatPlural } from "../../presentation/number-format.ts";

const MAX_NAMED = 20;

/** Names every cause that somebody denied and that shows still, with the rule that would hide it. */
export function deniedTexts(
  endpoints: readonly Pick<EndpointReport, "endpoint" | "causes">[],
  { inForce }: Pick<CountedRun, "inForce">,
): readonly string[] {
  const texts = endpoints.flatMap(({ endpoint, causes }) =>
    causes
      .filter(({ state }) => state === "denied")
      .map(({ title, count, fields, review }) => {
        const rule = inForce.find(
          (each) =>
            each.action.type !== "only" &&
            matchesEndpoint(each.endpoint, endpoint) &&
            fields.some((field) => matchesPath(each, field)),
        );
        const who = review === null || review.by === "" ? "" : ` by ${review.by}`;
        const although = rule === undefined ? "" : `, although the rule ${rule.id} names it`;
        return `${endpoint}: denied${who} and still there in ${formatPlural(count, "answer")}: ${title}${although}`;
      }),
  );
  const rest = texts.length - MAX_NAMED;
  if (rest <= 0) return texts;
  const verb = rest === 1 ? "is" : "are";
  return [...texts.slice(0, MAX_NAMED), `${formatPlural(rest, "more denied cause")} ${verb} still there`];
}
