import type { ExplanationFinding, ExplanationPlacebo } from "../../model/explain/explanation.ts";
import type { CauseReport, EndpointReport } from "../../model/report.ts";
import { formatCount, formatFactor, formatPlural } from "../words/number-format.ts";

/** 48 bits of a signature: no two causes of a report share them by chance. */
const HANDLE_CHARACTERS = 8;
/** The shell takes an argument with a dash in front for an option. */
const LEADING_DASHES = /^-+/;

/** The beginning of a signature, to name a cause on a command line. */
export function causeHandle({ signature }: Pick<CauseReport, "signature">): string {
  return signature.replace(LEADING_DASHES, "").slice(0, HANDLE_CHARACTERS);
}

/** Whether a text is a signature, or how one begins. */
export function isHandleOf(text: string, { signature }: Pick<CauseReport, "signature">): boolean {
  return text !== "" && (signature.startsWith(text) || signature.replace(LEADING_DASHES, "").startsWith(text));
}

/**
 * What the exchanges of a cause have in common; null if that is unknown. Each endpoint has an explanation of its own: of a cause
 * of several, it is that of the first, which is named.
 * @param endpoints those that have the cause, the one of `cause` first
 */
export function explanationText(
  { explanation }: Pick<CauseReport, "explanation">,
  endpoints: readonly Pick<EndpointReport, "endpoint">[],
): string | null {
  const [first, ...others] = endpoints;
  // Reports of earlier versions have no explanations.
  if ((explanation ?? null) === null) return null;
  if (first === undefined || others.length === 0) return explanation;
  const more = formatPlural(others.length, "other endpoint has its own", "other endpoints have their own");
  return `${first.endpoint}: ${explanation} ${more}.`;
}

/** What explaining the differences of the secondary found. */
export function explanationPlaceboText({ tested, explained }: ExplanationPlacebo): string {
  const verb = explained === 1 ? "is" : "are";
  return `${formatCount(explained)} of ${formatPlural(tested, "difference")} of the secondary ${verb} explained`;
}

/** The conditions of a finding: `?currency=EUR and accept-language: de*`. */
export function findingWords({ conditions }: Pick<ExplanationFinding, "conditions">): string {
  return conditions.map(({ words }) => words).join(" and ");
}

/** `12 times as often (95%: 9 to 17)`, `at least 40 times as often (95%)`. */
export function riskWords({ riskRatio: { estimate, low, high } }: Pick<ExplanationFinding, "riskRatio">): string {
  if (estimate === null || high === null) return `at least ${formatFactor(low)} as often (95%)`;
  return `${formatFactor(estimate)} as often (95%: ${formatFactor(low)} – ${formatFactor(high)})`;
}

/** Beyond it, a number says no more than its power of ten. */
const LARGE_ODDS = 1_000_000;

/** How strong the evidence is: `odds of 350 : 1 against chance`. */
export function oddsWords({ evidence }: Pick<ExplanationFinding, "evidence">): string {
  const odds = Math.exp(evidence);
  const shown =
    odds < LARGE_ODDS ? formatCount(Math.floor(odds)) : `10^${formatCount(Math.floor(evidence / Math.LN10))}`;
  return `odds of ${shown} : 1 against chance`;
}
