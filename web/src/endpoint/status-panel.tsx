import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { formatCount, formatShare } from "../../../src/presentation/number-format.ts";
import { formatStatus } from "../ui/status.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** Error rates of primary and candidate, and the pairs of status codes that differ. */
export function StatusPanel({ endpoint }: { readonly endpoint: EndpointReport }): ReactElement {
  const { errors, statusFlips } = endpoint;
  return (
    <section className="panel" aria-labelledby="status-title">
      <h2 id="status-title">
        Errors and status codes <VerdictBadge verdict={errors.verdict} />
      </h2>
      <div className="scroll">
        <table>
          <caption className="visually-hidden">Responses that are 5xx or incomplete</caption>
          <thead>
            <tr>
              <th scope="col">5xx or incomplete</th>
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
      {statusFlips.length === 0 ? (
        <p className="hint">Primary and candidate always responded with the same status code.</p>
      ) : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Status codes that differ</caption>
            <thead>
              <tr>
                <th scope="col">Primary</th>
                <th scope="col">Candidate</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
              </tr>
            </thead>
            <tbody>
              {statusFlips.map(({ primary, candidate, count }) => (
                <tr key={`${primary} ${candidate}`} data-flip={`${primary} ${candidate}`}>
                  <td>{formatStatus(primary)}</td>
                  <td>{formatStatus(candidate)}</td>
                  <td className="number">{formatCount(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
