import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { formatShare } from "../../../src/presentation/words/number-format.ts";
import { statusRows } from "../../../src/presentation/statuses/status-rows.ts";
import { StatusTable } from "../ui/status-table.tsx";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** The pairs of status codes that differ, and the error rates of primary and candidate. */
export function StatusPanel({ endpoint }: { readonly endpoint: EndpointReport }): ReactElement {
  const { errors } = endpoint;
  const rows = statusRows({ endpoints: [endpoint] });
  return (
    <section className="panel" aria-labelledby="status-title">
      <h2 id="status-title">Statuses</h2>
      {rows.length === 0 ? (
        <p className="hint">Primary and candidate always responded with the same status code.</p>
      ) : (
        <StatusTable rows={rows} hasEndpoints={false} />
      )}
      <div className="scroll">
        <table>
          <caption className="visually-hidden">Responses that are 5xx or incomplete</caption>
          <thead>
            <tr>
              <th scope="col">
                5xx or incomplete <VerdictBadge verdict={errors.verdict} />
              </th>
              <th scope="col" className="number">
                Share
              </th>
              <th scope="col" className="number">
                95% interval
              </th>
            </tr>
          </thead>
          <tbody>
            {(["primary", "candidate"] as const).map((role) => (
              <tr key={role} data-errors={role}>
                <th scope="row">{role}</th>
                <td className="number">{formatShare(errors[role].rate)}</td>
                <td className="number muted">
                  {formatShare(errors[role].low)} – {formatShare(errors[role].high)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
