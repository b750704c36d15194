import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { thresholdsOf } from "./thresholds.ts";

/** What was asked for against what was measured. The judgement itself, endpoint by endpoint, is the report's. */
export function GatePanel({ report }: { readonly report: Report }): ReactElement {
  return (
    <section className="panel" aria-labelledby="gate-title">
      <h2 id="gate-title">Thresholds</h2>
      <table>
        <caption className="hidden">Thresholds of the gate and what was measured</caption>
        <thead>
          <tr>
            <th scope="col">Over all endpoints</th>
            <th scope="col" className="number">
              Wanted
            </th>
            <th scope="col" className="number">
              Measured
            </th>
            <th scope="col" className="number">
              95 % interval
            </th>
          </tr>
        </thead>
        <tbody>
          {thresholdsOf(report).map(({ name, wanted, measured, range }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number soft">{wanted}</td>
              <td className="number strong">{measured}</td>
              <td className="number soft">{range}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
