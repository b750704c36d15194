import type { ReactElement } from "react";
import type { Report, Verdict } from "../../../src/model/report.ts";
import { plural } from "../ui/numbers.ts";
import { LabelList } from "../ui/label-list.tsx";
import { PlaceboLine } from "./placebo-line.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

function verdictSentence({ verdict, candidate, accounting, endpoints }: Report): string {
  const failing = endpoints.filter((endpoint) => endpoint.verdict === "fail").length;
  const seen = `${plural(accounting.compared, "compared exchange")} on ${plural(endpoints.length, "endpoint")}`;
  const sentences: Record<Verdict, string> = {
    pass: `${candidate} answers like the primary: ${seen}.`,
    fail:
      failing === 0
        ? `${candidate} does not answer like the primary: ${seen}.`
        : `${candidate} does not answer like the primary: ${failing} of ${plural(endpoints.length, "endpoint")} ` +
          `${failing === 1 ? "fails" : "fail"} in ${plural(accounting.compared, "compared exchange")}.`,
    inconclusive: `It cannot be said yet whether ${candidate} answers like the primary: ${seen}.`,
  };
  return sentences[verdict];
}

function neededSentence({ needed }: Report): string {
  if (needed === null) return "No number of further requests is enough for a pass: what fails has to change.";
  if (needed === 0) return "No further request is needed.";
  return `${plural(needed, "further request")} without a difference needed before this can pass.`;
}

/** The answer to the only question: may this version be released? */
export function VerdictPanel({ report }: { readonly report: Report }): ReactElement {
  return (
    <section className={`panel verdict verdict-${report.verdict}`} aria-labelledby="verdict-title">
      <h1 id="verdict-title" aria-live="polite">
        <VerdictBadge verdict={report.verdict} />
        <span className="verdict-sentence">{verdictSentence(report)}</span>
      </h1>
      {report.reasons.length === 0 ? null : (
        <ul className="reasons">
          {report.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <p className="hint" data-needed>
        {neededSentence(report)}
      </p>
      <PlaceboLine placebo={report.placebo} />
      <LabelList labels={report.run.labels} />
    </section>
  );
}
