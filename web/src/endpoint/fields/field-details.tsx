import type { ReactElement } from "react";
import type { FieldReport } from "../../../../src/model/report.ts";
import { kindWords, relationWords } from "../../../../src/presentation/words/difference-words.ts";
import { failureText } from "../../../../src/presentation/words/failure-words.ts";
import { featureText } from "../../../../src/presentation/words/feature-words.ts";
import { fieldNotes } from "../../../../src/presentation/words/field-notes.ts";
import { formatCount, formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { oddsText } from "./evidence-text.ts";

/** What is known about a field besides its counts: how certain it is, how the values are related, why responses are missing. */
export function FieldDetails({ field }: { readonly field: FieldReport }): ReactElement {
  const { kind, relation, verdict, both, rule, failures = [], features } = field;
  const facts = [
    `${kindWords(kind)}${relation === null ? "" : ` (${relationWords(relation)})`}`,
    ...(verdict === "real" ? [oddsText(field)] : []),
    ...(both === 0 ? [] : [`the secondary differs as well in ${formatPlural(both, "exchange")}`]),
    ...(rule === null ? [] : ["hidden by a rule"]),
    ...failures.map((failure) => `${failureText(failure)}: ${formatCount(failure.count)}`),
    ...features.map((feature) => featureText(feature)),
    ...fieldNotes(field),
  ];
  return (
    <ul className="facts" data-details={kind}>
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}
