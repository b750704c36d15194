import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { formatStatusChange } from "../../../src/presentation/statuses/status-change.ts";
import type { StatusRow } from "../../../src/model/views/overview.ts";
import { useDecide } from "../decide/use-decide.ts";
import { useSelection } from "../data/selection.ts";
import { ErrorMessage } from "./error-message.tsx";

/** Each kind has a glyph, a word and a color, so that no reader depends on the color. */
const KINDS = {
  break: { glyph: "✗", word: "break", badge: "fail" },
  change: { glyph: "!", word: "change", badge: "likely" },
  fix: { glyph: "✓", word: "fix", badge: "pass" },
  noise: { glyph: "≈", word: "noise", badge: "noise" },
} as const satisfies Record<StatusRow["kind"], object>;

interface Props {
  readonly rows: readonly StatusRow[];
  /** Shown only where rows of several endpoints are listed. */
  readonly hasEndpoints: boolean;
}

/** Pairs of status codes that differ, most important first. A fix can be accepted with one click. */
export function StatusTable({ rows, hasEndpoints }: Props): ReactElement {
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Status codes that differ, most important first</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Kind</th>
            {hasEndpoints ? <th scope="col">Endpoint</th> : null}
            <th scope="col">State</th>
            <th scope="col" className="number">
              Exchanges
            </th>
            <th scope="col" className="number" title="Exchanges in which the secondary has the same pair">
              Secondary
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={`${row.route} ${row.endpoint} ${row.primary} ${row.candidate}`}
              row={row}
              hasEndpoint={hasEndpoints}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, hasEndpoint }: { readonly row: StatusRow; readonly hasEndpoint: boolean }): ReactElement {
  const { endpoint, route, primary, candidate, kind, count, compared, secondary, cause, state } = row;
  const { glyph, word, badge } = KINDS[kind];
  const field = cause?.fields[0];
  return (
    <tr data-row data-flip={`${primary} ${candidate}`}>
      <th scope="row">
        <Link
          to="/endpoint"
          search={(last) => ({
            ...(hasEndpoint ? {} : last),
            name: endpoint,
            route,
            cause: cause?.signature,
            section: field?.section,
            path: field?.path,
          })}
          className="mono-link"
          resetScroll={hasEndpoint}
        >
          {formatStatusChange(row)}
        </Link>
      </th>
      <td>
        <span className={`badge badge-${badge}`}>
          <span aria-hidden="true">{glyph}</span> {word}
        </span>
      </td>
      {hasEndpoint ? (
        <td>
          <code>{endpoint}</code>
        </td>
      ) : null}
      <td className="muted">{state}</td>
      <td className="number">
        {formatCount(count)} of {formatCount(compared)}
      </td>
      <td className="number muted">{formatCount(secondary)}</td>
      <td>{kind === "fix" && isUnreviewed(row) ? <AcceptFix row={row} /> : null}</td>
    </tr>
  );
}

/** Whether the pair counts, and is not reviewed. */
function isUnreviewed({ cause }: StatusRow): boolean {
  return cause !== undefined && cause.rule === null && cause.state !== "accepted" && cause.state !== "denied";
}

/** A server error that became a success needs no form: the reason says what happened. */
function AcceptFix({ row }: { readonly row: StatusRow }): ReactElement | null {
  const { run, candidate } = useSelection();
  const decide = useDecide({ run: run.id, candidate });
  const { cause, count, endpoint } = row;
  if (cause === undefined) return null;
  const what = `the fix ${formatStatusChange(row)}`;
  const reason = `fix: ${formatStatusChange(row)} in ${formatPlural(count, "exchange")}`;
  return (
    <>
      <button
        type="button"
        disabled={decide.isPending}
        aria-label={`Accept the fix ${formatStatusChange(row)} on ${endpoint}`}
        onClick={() =>
          decide.mutate({
            kind: "review",
            what,
            signatures: [cause.signature],
            decision: "accepted",
            reason,
            expiresAt: null,
          })
        }
      >
        Accept fix
      </button>
      <ErrorMessage error={decide.error} />
    </>
  );
}
