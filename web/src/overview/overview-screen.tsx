import { useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { useReport } from "../data/queries.ts";
import { AccountingPanel } from "./accounting-panel.tsx";
import { EndpointTable } from "./endpoint-table.tsx";
import { GatePanel } from "./gate-panel.tsx";
import { NoTraffic } from "../ui/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { useSelection } from "../data/selection.ts";
import { StatusOverview } from "./status-overview.tsx";
import { UnreviewedCauses } from "./unreviewed-causes.tsx";
import { VerdictPanel } from "./verdict-panel.tsx";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useTitle } from "../ui/use-title.ts";
import "./overview.css";

/** `/`: verdict, unreviewed causes, request accounting, gate and endpoints. */
export function OverviewScreen(): ReactElement {
  const { run, candidate } = useSelection();
  const report = useReport({ run: run.id, candidate });
  useTitle(report.data === undefined ? "Overview" : `${report.data.verdict} · ${candidate}`);
  return (
    <QueryState query={report} what="the report">
      {(data) => (data.accounting.received === 0 ? <NoTraffic /> : <Overview report={data} />)}
    </QueryState>
  );
}

function Overview({ report }: { readonly report: Report }): ReactElement {
  const search = useSearch({ from: "/" });
  const { endpoints, templates, differenceSets } = report.overflow;
  return (
    <>
      <VerdictPanel report={report} />
      <StatusOverview report={report} />
      <UnreviewedCauses report={report} />
      <div className="two-columns">
        <AccountingPanel report={report} />
        <GatePanel report={report} />
      </div>
      {endpoints === 0 ? null : (
        <p className="banner banner-warn">
          <strong>Endpoint limit reached.</strong> {formatPlural(endpoints, "compared exchange")} counted as a single
          endpoint. To separate them,{" "}
          {templates.length === 0 ? "raise compare.maxEndpoints." : `add to compare.endpoints: ${templates.join(", ")}`}
        </p>
      )}
      {differenceSets === 0 ? null : (
        <p className="banner banner-warn">
          <strong>Difference set limit reached.</strong> {formatPlural(differenceSets, "compared exchange")} counted
          without listing the fields that differ.
        </p>
      )}
      <EndpointTable endpoints={report.endpoints} search={search} />
    </>
  );
}
