import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatStatus, formatStatusChange } from "../../../../src/presentation/statuses/status-change.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import type { SampleSummary } from "../../data/queries.ts";
import type { SampleSearch } from "../../search-params.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { formatDateTime } from "../../ui/time.ts";

interface Props {
  readonly heads: readonly SampleSummary[];
  /** What the page of an exchange keeps of the list: its neighbors there have the same in common. */
  readonly search: Partial<SampleSearch>;
  /** A last column, with its title for screen readers. */
  readonly renderAction?: ((head: SampleSummary) => ReactElement) | undefined;
  readonly actionTitle?: string | undefined;
}

/** Stored exchanges: request, status, and how many fields differ. */
export function SampleTable({ heads, search, renderAction, actionTitle }: Props): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Stored exchanges, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Status</th>
            <th scope="col" className="number">
              Fields
            </th>
            {renderAction === undefined ? null : (
              <th scope="col">
                <span className="visually-hidden">{actionTitle}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {heads.map((head) => (
            <tr key={head.id} data-row data-sample={head.id}>
              <th scope="row">
                <Link to="/sample/$id" params={{ id: head.id }} search={search} className="mono-link">
                  {head.method} <SafeText text={head.target} />
                </Link>
                <span className="muted small subline">{formatDateTime(head.at)}</span>
              </th>
              <td className="nowrap">{statusText(head)}</td>
              <td className="number">{formatCount(head.fields.filter(({ mark }) => mark !== "noise").length)}</td>
              {renderAction === undefined ? null : <td className="number">{renderAction(head)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `200` for both, or `200 → 404`. */
function statusText({ primaryStatus, candidateStatus }: SampleSummary): string {
  return primaryStatus === candidateStatus
    ? formatStatus(primaryStatus)
    : formatStatusChange({ primary: primaryStatus, candidate: candidateStatus });
}
