import type { Isolation } from "../../model/isolate/isolation.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import type { CauseFrequency } from "../reduce/cause-trials.ts";
import { partText } from "./deciding-words.ts";

const MAX_LISTED = 5;

/** What the requests of an isolation have shown. */
export interface IsolationEvidence {
  readonly frequency: CauseFrequency;
  /** How often the cause had to be missed in a row to be gone. */
  readonly repeats: number;
  /** See `AddressTally.sentence`. */
  readonly addresses: string;
}

/** How an isolation ended that found the cause. */
export function isolatedMessage(
  { deciding, isMinimal, parts, maxProbes }: Isolation,
  { frequency: { shown, tried }, repeats, addresses }: IsolationEvidence,
): string {
  const flaky =
    shown === tried
      ? ""
      : ` It showed in ${shown} of ${formatPlural(tried, "original request")}, so each step was repeated up to ${repeats} times.`;
  if (!isMinimal) {
    const left = `${parts.left} of ${formatPlural(parts.original, "part")}`;
    return `The limit of ${formatPlural(maxProbes, "request")} was reached with ${left} left, and not all of them were tried; a larger limit allows more.${flaky}`;
  }
  const original = formatPlural(parts.original, "part");
  if (deciding.length === 0 && addresses !== "")
    return `Nothing in the request decides, but which address responds. ${addresses}`;
  if (deciding.length === 0)
    return `Nothing in the request decides: the cause shows without any of its ${original}.${flaky}`;
  const names = deciding.slice(0, MAX_LISTED).map((part) => `\`${partText(part)}\``);
  const more = deciding.length > MAX_LISTED ? ` and ${deciding.length - MAX_LISTED} more` : "";
  const verb = deciding.length === 1 ? "decides" : "decide";
  return `${deciding.length} of ${original} ${verb}: ${names.join(", ")}${more}.${flaky}`;
}

/** The cause shows between two responses of the primary's version, too. */
export function noiseMessage({ tried, shown, noisy }: CauseFrequency): string {
  return `The cause is noise: two responses of the primary's version differ in it as well, in ${noisy} of ${formatPlural(tried, "request")}; only the candidate's in ${shown}.`;
}

/** The cause did not show again. @param leftOut masked places that the request lacked */
export function failedToShow({ tried, failure }: CauseFrequency, leftOut: readonly string[]): string {
  if (tried === 0 && failure !== null) return `The request could not be compared: ${failure}.`;
  const text = `The cause did not show in ${formatPlural(tried, "request")}`;
  if (leftOut.length > 0) {
    return `${text} without ${leftOut.join(", ")}, whose values are not stored. Type them in, or arm the isolation, which takes the next live request. If that does not help, a version has changed since.`;
  }
  return `${text}. It can depend on chance, on time, or on what was in the data then, or a version has changed since; arm the isolation to try a fresh request.`;
}
