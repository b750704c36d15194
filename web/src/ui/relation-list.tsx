import type { ReactElement } from "react";
import type { CauseField } from "../../../src/model/review.ts";
import { relationWords } from "../../../src/presentation/difference-words.ts";

/** What explains the fields of a cause, each explanation once. */
export function RelationList({ fields }: { readonly fields: readonly CauseField[] }): ReactElement {
  const known = new Set(fields.map(({ relation }) => relation).filter((relation) => relation !== null));
  return <>{known.size === 0 ? "–" : [...known].map(relationWords).join(", ")}</>;
}
