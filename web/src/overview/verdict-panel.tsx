import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { LabelList } from "../ui/label-list.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

function verdictSentence({
  verdict,
  candidate,
  accounting,
  endpointCounts: { total, fail: failing },
}: Overview): string {
  const compared = formatPlural(accounting.compared, "compared exchange");
  const all = formatPlural(total, "endpoint");
  switch (verdict) {
    case "pass":
      return `${candidate} behaves like the primary: ${compared} on ${all}.`;
    case "fail":
      return failing === 0
        ? `${candidate} does not behave like the primary: ${compared} on ${all}.`
        : `${candidate} does not behave like the primary: ` +
            `${formatCount(failing)} of ${all} ${failing === 1 ? "fails" : "fail"} (${compared}).`;
    case "inconclusive":
      break;
  }
  return `No verdict on ${candidate} yet: ${compared} on ${all}.`;
}

function neededSentence({ needed }: Overview): string {
  if (needed === null)
    return "More requests cannot make this run pass: fix, accept or hide the causes of the differences.";
  if (needed === 0) return "No more requests are needed.";
  const verb = needed === 1 ? "is" : "are";
  return `${formatPlural(needed, "more request")} without a difference ${verb} needed to pass.`;
}

/** Whether the candidate can be released, and why not. */
export function VerdictPanel({ report }: { readonly report: Overview }): ReactElement {
  return (
    <section className={`panel verdict verdict-${report.verdict}`} aria-labelledby="verdict-title">
      <h1 id="verdict-title" aria-live="polite">
        <VerdictBadge verdict={report.verdict} />
        <span className="verdict-sentence">{verdictSentence(report)}</span>
      </h1>
      <ul className="headlines">
        {report.headlines
          .filter((line) => !report.reasons.includes(line))
          .map((line) => (
            <li key={line}>{line}</li>
          ))}
      </ul>
      {report.reasons.length === 0 ? null : (
        <ul className="reasons">
          {report.reasons.map((reason) => (
            <li key={reason}>
              <Reason reason={reason} />
            </li>
          ))}
        </ul>
      )}
      <p className="hint" data-needed>
        {neededSentence(report)}
      </p>
      <PlaceboHint placebo={report.placebo} />
      <LabelList labels={report.run.labels} />
    </section>
  );
}

/** A reason about one endpoint begins with its name, which links to its screen. */
function Reason({ reason }: { readonly reason: string }): ReactElement {
  const name = /^(\S+ \/\S*): /.exec(reason)?.[1];
  if (name === undefined) return <>{reason}</>;
  return (
    <>
      <Link to="/endpoint" search={{ name }}>
        {name}
      </Link>
      {reason.slice(name.length)}
    </>
  );
}

/** What the method reports for the secondary, which has no change to find. */
function PlaceboHint({ placebo }: Pick<Overview, "placebo">): ReactElement {
  if (placebo === null) {
    return (
      <p className="hint">
        Only with a secondary of its own is there a placebo, which checks the method on this traffic.
      </p>
    );
  }
  return (
    <p className="hint" data-placebo>
      Placebo: judged as if it were the candidate, the secondary gets the verdict <b>{placebo.verdict}</b>, with{" "}
      {formatCount(placebo.falselyReal)} of {formatPlural(placebo.fields, "field")} wrongly judged real.
    </p>
  );
}
