import { useState, type FormEvent, type ReactElement } from "react";
import type { CandidateControl } from "../../../src/model/control.ts";
import { usePercent } from "../data/control-changes.ts";
import { BreakerBadge } from "./breaker-badge.tsx";

/** 0 to 100 with at most four decimals. */
const PERCENT = /^(?:100(?:\.0{1,4})?|\d{1,2}(?:\.\d{1,4})?)$/;

/** @returns null when the text is not a valid percentage */
function parsePercent(text: string): number | null {
  const trimmed = text.trim().replace(/\s*%$/, "");
  return PERCENT.test(trimmed) ? Number(trimmed) : null;
}

/** The share of each route's requests that each candidate receives, with a form to change it. */
export function ShareTable({ candidates }: { readonly candidates: readonly CandidateControl[] }): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Share of each route's requests that each candidate receives</caption>
        <thead>
          <tr>
            <th scope="col">Route</th>
            <th scope="col">Candidate</th>
            <th scope="col" className="number">
              Configured
            </th>
            <th scope="col" className="number">
              Current
            </th>
            <th scope="col">Circuit breaker</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {candidates.map((candidate) => (
            <ShareRow key={JSON.stringify([candidate.route, candidate.candidate])} {...candidate} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ShareRow({ route, candidate, configured, override, effective, breaker }: CandidateControl): ReactElement {
  const [text, setText] = useState("");
  const change = usePercent();
  const percent = parsePercent(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (percent !== null) change.mutate({ route, candidate, percent }, { onSuccess: () => setText("") });
  };
  return (
    <tr data-share={`${route} ${candidate}`}>
      <th scope="row">{route}</th>
      <td>{candidate}</td>
      <td className="number muted">{configured}%</td>
      <td className="number strong">
        {effective}%{override === null || override === effective ? null : ` (${override}% after resuming)`}
      </td>
      <td>
        <BreakerBadge breaker={breaker} />
      </td>
      <td>
        <form className="share-form" onSubmit={submit}>
          <input
            aria-label={`Percentage of ${route} for ${candidate}`}
            aria-invalid={text !== "" && percent === null}
            inputMode="decimal"
            placeholder="0–100"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" disabled={percent === null || change.isPending}>
            Set
          </button>
          {override === null ? null : (
            <button
              type="button"
              disabled={change.isPending}
              onClick={() => change.mutate({ route, candidate, percent: null })}
            >
              Reset to {configured}%
            </button>
          )}
          {change.error === null ? null : (
            <span className="error-text" role="alert">
              {change.error.message}
            </span>
          )}
        </form>
      </td>
    </tr>
  );
}
