import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { LatencyView } from "../../../src/model/latency.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";
import { latencySentence } from "./latency-sentence.ts";
import { LatencySummary } from "./latency-summary.tsx";
import { LatencyVerdict } from "./latency-verdict.tsx";

/** Endpoints that are named. */
const FEW_NAMES = 5;

/** The verdict of the latency as a sentence, its reasons or what is missing, and its numbers. */
export function LatencyPanel({ view }: { readonly view: LatencyView }): ReactElement {
  const { latency, reasons, hasInterval } = view;
  return (
    <>
      {latency.verdict === null ? null : (
        <p className="latency-sentence">
          <VerdictBadge verdict={latency.verdict} /> <strong>{latencySentence(view)}</strong>
        </p>
      )}
      <ul className="reasons">
        {reasons.map((reason) => (
          <li key={reason} className="sentence">
            {reason}
          </li>
        ))}
      </ul>
      <LatencyVerdict latency={latency} hasInterval={hasInterval} />
      <OwnLimits names={view.ownLimits} />
      <LatencySummary latency={latency} hasInterval={hasInterval} />
    </>
  );
}

/** Names the endpoints that the verdict of all endpoints leaves out. */
function OwnLimits({ names }: { readonly names: readonly string[] }): ReactNode {
  if (names.length === 0) return null;
  const rest = names.length - FEW_NAMES;
  return (
    <p className="hint">
      {formatPlural(names.length, "endpoint")} with limits of {names.length === 1 ? "its" : "their"} own{" "}
      {names.length === 1 ? "is" : "are"} judged separately:{" "}
      {names.slice(0, FEW_NAMES).map((name, at) => (
        <span key={name}>
          {at === 0 ? "" : ", "}
          <Link to="/latency" search={(last) => ({ ...last, endpoint: name })} className="mono-link">
            {name}
          </Link>
        </span>
      ))}
      {rest > 0 ? ` and ${rest} more` : ""}.
    </p>
  );
}
