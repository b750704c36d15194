import type { ReactElement } from "react";
import type { ExplanationPlacebo } from "../../../src/model/explain/explanation.ts";
import { explanationPlaceboText } from "../../../src/presentation/explain/cause-explanations.ts";

/** What the search for explanations finds where there is nothing to explain. */
export function ExplanationPlaceboNote({
  placebo,
}: {
  readonly placebo: ExplanationPlacebo | null | undefined;
}): ReactElement | null {
  if (placebo === null || placebo === undefined || placebo.tested === 0) return null;
  return (
    <p className="hint" data-explanation-placebo>
      Placebo of the explanations: {explanationPlaceboText(placebo)}.{" "}
      {placebo.explained === 0
        ? "The search raises no false alarms on this traffic."
        : "These are false alarms, or noise that depends on the request."}
    </p>
  );
}
