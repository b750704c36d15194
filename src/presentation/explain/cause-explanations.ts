import type { ExplanationPlacebo } from "../../model/explain/explanation.ts";
import type { CauseReport, EndpointReport } from "../../model/report.ts";
import { formatCount, formatPlural } from "../words/number-format.ts";

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
  return first === undefined || others.length === 0 ? explanation : `${first.endpoint}: ${explanation}`;
}

/** What explaining the differences of the secondary found. */
export function explanationPlaceboText({ tested, explained }: ExplanationPlacebo): string {
  const verb = explained === 1 ? "is" : "are";
  return `${formatCount(explained)} of ${formatPlural(tested, "difference")} of the secondary ${verb} explained`;
}
