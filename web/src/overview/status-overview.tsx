import type { ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { StatusTable } from "../ui/status-table.tsx";

/** The most important pairs of status codes that differ on any endpoint; the endpoint screens list the rest. */
export function StatusOverview({ report }: { readonly report: Overview }): ReactElement | null {
  const { statuses, statusCount } = report;
  if (statusCount === 0) return null;
  return (
    <section className="panel" aria-labelledby="statuses-title" data-statuses>
      <div className="panel-head">
        <h2 id="statuses-title">Statuses</h2>
        <span className="muted">
          {statusCount > statuses.length
            ? `top ${statuses.length} of ${formatCount(statusCount)}`
            : `${formatPlural(statusCount, "pair")} of status codes`}
        </span>
      </div>
      <StatusTable rows={statuses} hasEndpoints />
    </section>
  );
}
