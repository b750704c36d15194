import { memoizePerObject } from "../../lib/memoize.ts";
import type { DifferingField, DifferenceMark } from "../../model/difference.ts";
import type { Explanation } from "../../model/explain/explanation.ts";
import type { CauseReport } from "../../model/report.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { explainCause, type CauseInput } from "../explain/explain-cause.ts";
import { cachedFieldKey, fieldKey } from "../judge/field-counts.ts";
import type { EndpointEvidence } from "./endpoint-evidence.ts";

/** Explains a cause of an endpoint. */
export function explainOnEndpoint(
  { signature, fields }: Pick<CauseReport, "signature" | "fields">,
  evidence: EndpointEvidence,
): Explanation {
  return explainCause(causeInput({ signature, keys: new Set(fields.map(fieldKey)), other: "raw" }, evidence));
}

/** Fields of one cause, or of the differences of the secondary. */
export interface ExplainedFields {
  readonly signature: string;
  /** `fieldKey`s. */
  readonly keys: ReadonlySet<string>;
  /** Whose differences these are, by the mark of a field in which only that response differs. */
  readonly other: Exclude<DifferenceMark, "both">;
}

/** What explains fields of an endpoint: which exchanges have one of them, and how many had at which time. */
export function causeInput(
  { signature, keys, other }: ExplainedFields,
  { index, route, endpoint, rows, blocks, marks, collapse }: EndpointEvidence,
): CauseInput {
  const hasOne = memoizePerObject((fields: readonly DifferingField[]) =>
    collapse(fields).some(
      (field) => (field.mark === other || field.mark === "both") && keys.has(cachedFieldKey(field)),
    ),
  );
  const countsOf = (all: readonly OutcomeRow[]): { readonly count: number; readonly compared: number } => {
    let [count, compared] = [0, 0];
    for (const row of all) {
      compared += row.count;
      if (hasOne(row.fields)) count += row.count;
    }
    return { count, compared };
  };
  return {
    signature,
    endpoint,
    route,
    index,
    hasCause: ({ fields }) => hasOne(fields),
    total: countsOf(rows),
    blocks: blocks.map(({ startedAt, endsAt, outcomes }) => ({ startedAt, endsAt, ...countsOf(outcomes) })),
    marks,
  };
}
