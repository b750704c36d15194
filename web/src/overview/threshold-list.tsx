import type { ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { gateRows } from "../../../src/presentation/verdict/gate-rows.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";
import { Scroll } from "../ui/scroll.tsx";

/** The thresholds of the gate, each with its measurement over all endpoints. */
export function ThresholdList({ report }: { readonly report: Overview }): ReactElement {
  return (
    <section className="panel thresholds" aria-labelledby="gate-title">
      <h2 id="gate-title">Thresholds</h2>
      <Scroll>
        <table>
          <caption className="visually-hidden">Thresholds of the gate, measured over all endpoints</caption>
          <thead>
            <tr>
              <th scope="col">Threshold</th>
              <th scope="col">Verdict</th>
              <th scope="col" className="number">
                Required
              </th>
              <th scope="col" className="number">
                Measured
              </th>
            </tr>
          </thead>
          <tbody>
            {gateRows(report).map(({ name, limit, measured, interval, note, verdict }) => (
              <tr key={name} data-gate={name} title={note ?? undefined}>
                <th scope="row">
                  <span className="sentence">{name}</span>
                </th>
                <td>
                  <VerdictBadge verdict={verdict} />
                </td>
                <td className="number muted">{limit}</td>
                <td className="number">
                  <span className="strong">{measured}</span>
                  {interval === null ? null : (
                    <span className="muted small subline threshold-interval" title="95% confidence interval">
                      {interval}
                    </span>
                  )}
                  {note === null ? null : <span className="visually-hidden">{note}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
