import type { ExplanationPlacebo } from "../../model/explain/explanation.ts";
import { explainCause, type CauseInput } from "./explain-cause.ts";

/**
 * Explains differences between primary and secondary, which run the same version: what is found among them is a false alarm, or
 * noise with a reason. Causes with too few exchanges to be tested do not count.
 * @param inputs causes of the noise marks, whose `hasCause`, `total` and `blocks` are about the secondary
 */
export function explainPlacebo(inputs: readonly CauseInput[]): ExplanationPlacebo {
  let [tested, explained] = [0, 0];
  for (const input of inputs) {
    const { kind } = explainCause(input);
    if (kind === "too-few" || kind === "always") continue;
    tested += 1;
    if (kind !== "even") explained += 1;
  }
  return { tested, explained };
}
