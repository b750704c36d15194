import type { ReactElement } from "react";
import type { CandidateControl, EndpointNeed, SamplingView } from "../../../src/model/control.ts";
import { formatCount, formatPercent, formatPlural, formatRate } from "../../../src/presentation/words/number-format.ts";

const NEED_WORDS: Readonly<Record<EndpointNeed, string>> = {
  suspect: "regression seen",
  undecided: "no verdict yet",
  settled: "verdict known",
};

/** The candidates whose shares follow verdicts: what they use of their budget, and which endpoints have the largest shares. */
export function SamplingTables({ candidates }: { readonly candidates: readonly CandidateControl[] }): ReactElement {
  return (
    <>
      {candidates.map(({ route, candidate, sampling }) =>
        sampling === undefined ? null : (
          <SamplingTable
            key={JSON.stringify([route, candidate])}
            name={`${route} → ${candidate}`}
            sampling={sampling}
          />
        ),
      )}
    </>
  );
}

function SamplingTable({ name, sampling }: { readonly name: string; readonly sampling: SamplingView }): ReactElement {
  const { budget, floor, used, expected, needs, endpoints } = sampling;
  return (
    <section className="panel" data-sampling={name}>
      <h2>Sampling by verdict: {name}</h2>
      <p className="facts">
        <span>
          used <b>{formatRate(used)}</b> of {formatRate(budget)}
        </span>
        <span>
          expected <b>{formatRate(expected)}</b>
        </span>
        <span>
          floor <b>{formatPercent(floor)}</b>
        </span>
        <span>
          {formatPlural(needs.undecided, "endpoint")} without a verdict, {formatCount(needs.settled)} with one,{" "}
          {formatCount(needs.suspect)} with a regression
        </span>
      </p>
      {endpoints.length === 0 ? (
        <p className="muted">No request has arrived yet.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Shares of endpoints, those that are raised first</caption>
            <thead>
              <tr>
                <th scope="col">Endpoint</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Requests
                </th>
                <th scope="col" className="number">
                  Mirrored
                </th>
              </tr>
            </thead>
            <tbody>
              {endpoints.map(({ endpoint, need, perSecond, percent }) => (
                <tr key={endpoint}>
                  <th scope="row">
                    <code>{endpoint}</code>
                  </th>
                  <td>{NEED_WORDS[need]}</td>
                  <td className="number">{formatRate(perSecond)}</td>
                  <td className="number strong">{formatPercent(percent)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="hint">
        The share of an endpoint follows what its verdict still needs; it is planned again every five seconds. Requests
        that are not mirrored count as sampled out, and totals of the run are weighed by traffic.
      </p>
    </section>
  );
}
