import type { ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { certaintyText } from "../../../src/presentation/verdict/missing-evidence.ts";
import { NO_PLACEBO, PLACEBO_MEANING, verdictSentence } from "../../../src/presentation/verdict/verdict-sentence.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { LabelList } from "../ui/label-list.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";
import { ExplanationPlaceboNote } from "./explanation-placebo.tsx";
import { FindingLink } from "./finding-link.tsx";

/** More reasons are folded. What an inconclusive run lacks says the same in short. */
const OPEN_REASONS = { pass: 3, fail: 3, inconclusive: 0 } as const satisfies Record<Overview["verdict"], number>;

/** Whether the candidate can be released, why, and what is missing for certainty. */
export function VerdictPanel({ report }: { readonly report: Overview }): ReactElement {
  const { verdict, headlines, reasons, missing, missingCount, placebo, run } = report;
  const rest = missingCount - missing.length;
  return (
    <section className={`panel verdict verdict-${verdict}`} aria-labelledby="verdict-title">
      <h1 id="verdict-title" aria-live="polite">
        <VerdictBadge verdict={verdict} />
        <span>{verdictSentence(report)}</span>
      </h1>
      <ul className="headlines">
        {headlines
          .filter(({ text }) => !reasons.includes(text))
          .map((finding) => (
            <li key={finding.text}>
              <FindingLink finding={finding} />
            </li>
          ))}
      </ul>
      <p className="certainty" data-needed>
        {certaintyText(report)}
      </p>
      {missing.length === 0 ? null : (
        <ul className="missing">
          {missing.map((finding) => (
            <li key={finding.text}>
              <FindingLink finding={finding} />
            </li>
          ))}
          {rest === 0 ? null : <li className="muted">and {formatPlural(rest, "more item")}</li>}
        </ul>
      )}
      <Reasons verdict={verdict} reasons={reasons} />
      <PlaceboNote placebo={placebo} />
      <ExplanationPlaceboNote placebo={report.explanationPlacebo} />
      <LabelList labels={run.labels} />
    </section>
  );
}

/** The reasons of the verdict as the report lists them, most important first. */
function Reasons({ verdict, reasons }: Pick<Overview, "verdict" | "reasons">): ReactElement {
  const shown = reasons.slice(0, OPEN_REASONS[verdict]);
  const folded = reasons.slice(shown.length);
  return (
    <>
      <ReasonList reasons={shown} />
      {folded.length === 0 ? null : (
        <details className="more-reasons">
          <summary>
            {shown.length === 0
              ? `${formatPlural(folded.length, "reason")} in full`
              : formatPlural(folded.length, "more reason")}
          </summary>
          <ReasonList reasons={folded} />
        </details>
      )}
    </>
  );
}

function ReasonList({ reasons }: Pick<Overview, "reasons">): ReactElement {
  return (
    <ul className="reasons">
      {reasons.map((reason) => (
        <li key={reason}>
          <FindingLink finding={reasonFinding(reason)} />
        </li>
      ))}
    </ul>
  );
}

/** A reason about one endpoint begins with its name. */
function reasonFinding(reason: string): Overview["headlines"][number] {
  const endpoint = /^(\S+ \/\S*): /.exec(reason)?.[1];
  return { text: reason, about: endpoint === undefined ? null : { endpoint, route: null, cause: null } };
}

/** What the method reports for the secondary, which has no change to find. */
function PlaceboNote({ placebo }: Pick<Overview, "placebo">): ReactElement {
  if (placebo === null) return <p className="hint">{NO_PLACEBO}</p>;
  return (
    <p className="hint" data-placebo>
      Placebo: the secondary, judged as if it were the candidate, is <b>{placebo.verdict}</b>;{" "}
      {formatCount(placebo.falselyReal)} of {formatPlural(placebo.fields, "field")} wrongly judged real.{" "}
      {PLACEBO_MEANING[placebo.verdict]}
    </p>
  );
}
