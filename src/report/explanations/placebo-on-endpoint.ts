import type { ExplanationPlacebo } from "../../model/explain/explanation.ts";
import { coincidingFields } from "../causes/coinciding-fields.ts";
import { explainPlacebo } from "../explain/explain-placebo.ts";
import { cachedFieldKey } from "../judge/field-counts.ts";
import type { EndpointEvidence } from "./endpoint-evidence.ts";
import { causeInput } from "./explain-on-endpoint.ts";

/** Differences of the secondary that are explained, most frequent first. */
const MAX_TESTED = 20;

/** Explains the differences of the secondary on an endpoint like causes: those that occur together are one. */
export function placeboOnEndpoint(evidence: EndpointEvidence): ExplanationPlacebo {
  const { rows, collapse } = evidence;
  const rowsByField = new Map<string, number[]>();
  for (const [index, { fields }] of rows.entries()) {
    for (const field of collapse(fields)) {
      if (field.mark === "raw") continue;
      const key = cachedFieldKey(field);
      const known = rowsByField.get(key);
      if (known === undefined) rowsByField.set(key, [index]);
      else known.push(index);
    }
  }
  const groups = coincidingFields(
    [...rowsByField].map(([key, own]) => ({ key, rows: own })),
    rows.map(({ count }) => count),
  );
  return explainPlacebo(
    groups
      .slice(0, MAX_TESTED)
      .map((keys) => causeInput({ signature: "", keys: new Set(keys), other: "noise" }, evidence)),
  );
}
