import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { formatCount, formatPercent } from "../ui/numbers.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** Error rates of both sides, and which status became which. */
export function StatusPanel({ endpoint }: { readonly endpoint: EndpointReport }): ReactElement {
  const { errors, statusFlips } = endpoint;
  return (
    <section className="panel" aria-labelledby="status-title">
      <h2 id="status-title">
        Errors and statuses <VerdictBadge verdict={errors.verdict} />
      </h2>
      <table>
        <caption className="hidden">Answers that are 5xx or incomplete</caption>
        <thead>
          <tr>
            <th scope="col">5xx or incomplete</th>
            <th scope="col" className="number">
              Share
            </th>
            <th scope="col" className="number">
              95 % interval
            </th>
          </tr>
        </thead>
        <tbody>
          {(["primary", "candidate"] as const).map((role) => (
            <tr key={role} data-errors={role}>
              <th scope="row">{role}</th>
              <td className="number">{formatPercent(errors[role].rate)}</td>
              <td className="number soft">
                {formatPercent(errors[role].low)} – {formatPercent(errors[role].high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {statusFlips.length === 0 ? (
        <p className="hint">Both always answered with the same status.</p>
      ) : (
        <table>
          <caption className="hidden">Statuses that differ</caption>
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
                <td>{statusWord(primary)}</td>
                <td>{statusWord(candidate)}</td>
                <td className="number">{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function statusWord(status: number): string {
  return status === 0 ? "no complete answer" : String(status);
}
