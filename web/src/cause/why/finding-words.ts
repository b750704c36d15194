import type { Condition, Explanation, ExplanationFinding } from "../../../../src/model/explain/explanation.ts";
import {
  formatCount,
  formatFactor,
  formatPlural,
  formatShare,
  NOT_MEASURED,
} from "../../../../src/presentation/words/number-format.ts";

/** What a condition looks at. */
export const SOURCE_WORDS = {
  header: "header",
  query: "query parameter",
  path: "path parameter",
  cookie: "cookie",
  claim: "claim of the token",
  "request-body": "request body",
  "response-body": "response body of the primary",
  request: "request",
  response: "response of the primary",
  client: "client",
  address: "upstream address",
  time: "time",
} as const satisfies Record<Condition["source"], string>;

/** The name of a finding in the URL: what its conditions say. */
export function findingWords({ conditions }: Pick<ExplanationFinding, "conditions">): string {
  return conditions.map(({ words }) => words).join(" and ");
}

/** How much more often the cause shows with the condition: `34× as often (95% interval: 20× – 61×)`. */
export function ratioText({ riskRatio, isExact }: Pick<ExplanationFinding, "riskRatio" | "isExact">): string {
  const { estimate, low, high } = riskRatio;
  if (estimate === null) return high === null ? `only with it; at least ${formatFactor(low)} as often` : NOT_MEASURED;
  const interval =
    high === null ? `at least ${formatFactor(low)}` : `95% interval: ${formatFactor(low)} – ${formatFactor(high)}`;
  return `${isExact ? "" : "about "}${formatFactor(estimate)} as often (${interval})`;
}

/** `412 of 415 (99.28%)`; with `≈` if it is estimated. */
export function shareText(
  { count, compared }: ExplanationFinding["with"],
  { isExact }: Pick<ExplanationFinding, "isExact">,
): string {
  if (compared === 0) return "no exchanges";
  return `${isExact ? "" : "≈ "}${formatCount(count)} of ${formatCount(compared)} (${formatShare(count / compared)})`;
}

/** How common the condition is among the exchanges with the cause, and among all others. */
export function prevalenceText({ with: met, without }: Pick<ExplanationFinding, "with" | "without">): string {
  const cases = met.count + without.count;
  const others = met.compared + without.compared - cases;
  if (cases === 0) return "";
  const ofCases = `It holds for ${formatShare(met.count / cases)} of the exchanges with this cause`;
  return others === 0
    ? `${ofCases}; all exchanges have it.`
    : `${ofCases}, and for ${formatShare((met.compared - met.count) / others)} of all others.`;
}

/** What the explanation is based on. */
export function basisText({ cases, controls, attributes, values }: Explanation["basis"]): string {
  return (
    `Tested: ${formatPlural(attributes, "attribute")} with ${formatPlural(values, "value")}, on ` +
    `${formatPlural(cases, "kept exchange")} with this cause and ${formatCount(controls)} without it.`
  );
}
