import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import type { TailSearch } from "../search-params.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { useKeys } from "../ui/use-keys.ts";
import { useTitle } from "../ui/use-title.ts";
import { TailFilterForm } from "./tail-filter-form.tsx";
import { TailTable } from "./tail-table.tsx";
import { MAX_ROWS, useTail, type Tail } from "./use-tail.ts";
import "./tail.css";

/** `/tail`: exchanges of the current run as they are compared; the URL holds the filter. */
export function TailScreen(): ReactElement {
  const search = useSearch({ from: "/tail" });
  const navigate = useNavigate();
  const { candidate, differing, endpoint, status, text } = search;
  const tail = useTail({ candidate, differing: differing === "only", endpoint, status, text });
  const toggle = (): void => tail.setPaused(!tail.isPaused);
  const change = (next: TailSearch): void => {
    void navigate({ to: "/tail", search: (last) => ({ ...last, ...next }), replace: true, resetScroll: false });
  };
  useTitle("Live tail");
  useKeys("Live tail", { p: toggle });
  return (
    <section className="panel tail" aria-labelledby="tail-title">
      <div className="panel-head">
        <h1 id="tail-title">Live tail</h1>
        <TailState {...tail} />
        <button type="button" className={tail.isPaused ? "primary" : undefined} onClick={toggle}>
          {tail.isPaused ? "Resume" : "Pause"}
          {tail.waiting.length === 0 ? "" : ` (${formatCount(tail.waiting.length)} new)`}
        </button>
      </div>
      <ErrorMessage error={tail.problem} />
      <TailFilterForm search={search} onChange={change} />
      {tail.rows.length === 0 ? (
        <p className="tail-empty">
          {tail.isOpen ? "Waiting for exchanges that match…" : "Connecting to the live tail…"}
        </p>
      ) : (
        <TailTable rows={tail.rows} onEndpoint={(name) => change({ endpoint: name })} />
      )}
      <p className="hint">
        Exchanges of the current run as they are compared, at most 50 per second; the last {MAX_ROWS} stay on the page.
        Every exchange is counted in the report, shown here or not.
      </p>
    </section>
  );
}

function TailState({ more, rows, isPaused }: Tail): ReactElement {
  return (
    <output className="muted small">
      {isPaused ? "Paused · " : ""}
      {formatPlural(rows.length, "exchange")} shown{more === 0 ? "" : `, ${formatCount(more)} more not shown`}
    </output>
  );
}
