import type { CauseState } from "../../../src/model/report.ts";
import type { CauseField } from "../../../src/model/review.ts";
import { relationWords } from "../../../src/presentation/difference-words.ts";
import { NOT_MEASURED } from "../../../src/presentation/number-format.ts";

/** How the values of a cause's fields are related, each relation once. */
export function causeExplanation(fields: readonly CauseField[]): string {
  const relations = new Set(fields.map(({ relation }) => relation).filter((relation) => relation !== null));
  return relations.size === 0 ? NOT_MEASURED : [...relations].map(relationWords).join(", ");
}

const STATES: Record<CauseState, string> = {
  new: "new",
  known: "seen before",
  accepted: "accepted",
  denied: "denied",
  changed: "changed since accepted",
};

export function causeStateText(state: CauseState): string {
  return STATES[state];
}
