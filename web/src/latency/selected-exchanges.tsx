import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { TimedExchange } from "../../../src/model/latency.ts";
import { formatStatus } from "../../../src/presentation/statuses/status-change.ts";
import { formatDuration, formatFactor } from "../../../src/presentation/words/number-format.ts";
import { useTimedExchanges } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import type { LatencySearch } from "../search-params.ts";
import { curlCommand } from "../exchange/request/curl-command.ts";
import { formatFraction, formatTickDuration } from "../ui/chart/axis-ticks.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { timeZoneName } from "../ui/time.ts";
import type { ChartRole } from "./chart-data.ts";
import { readRange } from "./latency-range.ts";
import { Scroll } from "../ui/scroll.tsx";

const MOST_ROWS = 50;
/** Without a selection. */
const FEW_ROWS = 10;

/** What is selected, in words: `of the candidate between 200 ms and 1 s, received …`. */
function selectionText({ ms, role, time }: LatencySearch): string {
  const [latency, arrival] = [readRange(ms), readRange(time)];
  const parts = [`of the ${role ?? "candidate"}`];
  if (latency !== undefined)
    parts.push(`between ${formatTickDuration(latency.from)} and ${formatTickDuration(latency.to)}`);
  if (arrival === undefined) return parts.join(" ");
  const received = `received ${formatFraction(arrival.from)} – ${formatFraction(arrival.to)} (${timeZoneName()})`;
  return `${parts.join(" ")}, ${received}`;
}

/** The kept exchanges in the selected parts of the charts; without a selection the slowest ones. */
export function SelectedExchanges({ roles }: { readonly roles: readonly ChartRole[] }): ReactElement {
  const search = useSearch({ from: "/latency" });
  const { endpoint, ms, time, role = "candidate" } = search;
  const { run, candidate } = useSelection();
  const [latency, arrival] = [readRange(ms), readRange(time)];
  const isSelected = latency !== undefined || arrival !== undefined;
  const exchanges = useTimedExchanges(
    { run: run.id, candidate },
    {
      endpoint,
      role,
      // Without a selection, only responses that have a latency.
      minMs: latency?.from ?? (isSelected ? undefined : 0),
      maxMs: latency?.to,
      from: arrival?.from,
      to: arrival?.to,
      limit: isSelected ? MOST_ROWS : FEW_ROWS,
    },
  );
  return (
    <section className="panel" aria-labelledby="exchanges-title">
      <div className="panel-head">
        <h2 id="exchanges-title" tabIndex={-1}>
          {isSelected ? "Exchanges" : "Slowest exchanges"} {selectionText(search)}
        </h2>
        <RolePicker roles={roles} />
      </div>
      <p className="hint">
        {isSelected ? "" : "Drag over a chart, or select rows of its table, to list the exchanges of that part. "}
        Kept are the samples of differences, and of each endpoint the three slowest exchanges in each step of 37% of the
        candidate's latency. Headers and bodies are kept of samples only.
      </p>
      <QueryState query={exchanges} what="the exchanges">
        {({ exchanges: rows }) =>
          rows.length === 0 ? (
            <p className="hint">No exchange of this part is kept. Select a wider range.</p>
          ) : (
            <ExchangeTable rows={rows} roles={roles} hasEndpoints={endpoint === undefined} />
          )
        }
      </QueryState>
    </section>
  );
}

function RolePicker({ roles }: { readonly roles: readonly ChartRole[] }): ReactElement {
  const { role = "candidate" } = useSearch({ from: "/latency" });
  const navigate = useNavigate();
  return (
    <label>
      Latency of{" "}
      <select
        value={role}
        onChange={({ target: { value } }) => {
          const selected = value === "primary" || value === "secondary" ? value : undefined;
          void navigate({ to: "/latency", search: (last) => ({ ...last, role: selected }), resetScroll: false });
        }}
      >
        {roles.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

interface TableProps {
  readonly rows: readonly TimedExchange[];
  readonly roles: readonly ChartRole[];
  readonly hasEndpoints: boolean;
}

function ExchangeTable({ rows, roles, hasEndpoints }: TableProps): ReactElement {
  return (
    <Scroll>
      <table className="timed-exchanges">
        <caption className="visually-hidden">Kept exchanges, slowest first</caption>
        <thead>
          <tr>
            <th scope="col">Request</th>
            {hasEndpoints ? <th scope="col">Endpoint</th> : null}
            <th scope="col">Received ({timeZoneName()})</th>
            {roles.map((role) => (
              <th key={role} scope="col" className="number">
                {role}
              </th>
            ))}
            <th scope="col" className="number">
              Ratio
            </th>
            <th scope="col">Status</th>
            <th scope="col">Responses</th>
            <th scope="col">
              <span className="visually-hidden">Send again</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ExchangeRow
              key={`${row.id} ${row.at} ${row.target} ${row.candidateMs}`}
              row={row}
              roles={roles}
              hasEndpoints={hasEndpoints}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const MS_OF = { primary: "primaryMs", candidate: "candidateMs", secondary: "secondaryMs" } as const;

function ExchangeRow({
  row,
  roles,
  hasEndpoints,
}: { readonly row: TimedExchange } & Omit<TableProps, "rows">): ReactElement {
  const { id, method, target, endpoint, at, primaryMs, candidateMs, primaryStatus, candidateStatus, differs } = row;
  const { status } = useSelection();
  const request = `${method} ${target}`;
  return (
    <tr data-row data-exchange={target}>
      <th scope="row">
        {id === null ? (
          <span className="mono-link">{request}</span>
        ) : (
          <Link to="/sample/$id" params={{ id }} className="mono-link">
            {request}
          </Link>
        )}
      </th>
      {hasEndpoints ? (
        <td>
          <Link to="/latency" search={(last) => ({ ...last, endpoint })} className="mono-link">
            {endpoint}
          </Link>
        </td>
      ) : null}
      <td className="nowrap">{formatFraction(at)}</td>
      {roles.map((role) => (
        <td key={role} className="number">
          {formatDuration(row[MS_OF[role]])}
        </td>
      ))}
      <td className="number">
        {primaryMs === null || candidateMs === null || primaryMs === 0 ? "–" : formatFactor(candidateMs / primaryMs)}
      </td>
      <td className="nowrap">
        {primaryStatus === candidateStatus
          ? formatStatus(primaryStatus)
          : `${formatStatus(primaryStatus)} → ${formatStatus(candidateStatus)}`}
      </td>
      <td className="nowrap muted">{id === null ? (differs ? "differ, not kept" : "identical") : "differ"}</td>
      <td className="nowrap">
        {id === null && status !== undefined ? (
          <CopyButton
            label="Copy as curl"
            text={() => curlCommand(status.listenUrl, { method, target, headers: [] })}
          />
        ) : null}
      </td>
    </tr>
  );
}

/** Names the selection while the list is out of sight, and leads to it. */
export function SelectionBar(): ReactElement | null {
  const search = useSearch({ from: "/latency" });
  const navigate = useNavigate();
  if (readRange(search.ms) === undefined && readRange(search.time) === undefined) return null;
  return (
    <div className="selection-bar">
      <output>Selected: exchanges {selectionText(search)}</output>
      <button
        type="button"
        onClick={() => {
          const title = document.querySelector<HTMLElement>("#exchanges-title");
          title?.scrollIntoView({ block: "start" });
          title?.focus({ preventScroll: true });
        }}
      >
        Show exchanges
      </button>
      <button
        type="button"
        onClick={() =>
          void navigate({
            to: "/latency",
            search: (last) => ({ ...last, ms: undefined, time: undefined }),
            resetScroll: false,
          })
        }
      >
        Clear
      </button>
    </div>
  );
}
