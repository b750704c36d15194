import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { statusRows } from "../../../src/presentation/statuses/status-rows.ts";
import { StatusTable } from "../ui/status-table.tsx";

/** The endpoint screens list the rest. */
const MAX_ROWS = 10;

/** The pairs of status codes that differ on any endpoint; nothing if none does. */
export function StatusOverview({ report }: { readonly report: Report }): ReactElement | null {
  const rows = statusRows(report);
  if (rows.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="statuses-title" data-statuses>
      <div className="panel-head">
        <h2 id="statuses-title">Statuses</h2>
        <span className="muted">
          {rows.length > MAX_ROWS
            ? `top ${MAX_ROWS} of ${formatCount(rows.length)}`
            : `${formatPlural(rows.length, "pair")} of status codes`}
        </span>
      </div>
      <StatusTable rows={rows.slice(0, MAX_ROWS)} hasEndpoints />
    </section>
  );
}
