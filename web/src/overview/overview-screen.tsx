import { useState, type ReactElement } from "react";
import type { Overview as OverviewData } from "../../../src/model/views/overview.ts";
import { useOverview } from "../data/queries.ts";
import { AccountingPanel } from "./accounting-panel.tsx";
import { GatePanel } from "./gate-panel.tsx";
import { NoTraffic } from "../ui/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { useSelection } from "../data/selection.ts";
import { StatusOverview } from "./status-overview.tsx";
import { TemplateProposals } from "../endpoints/template-proposals.tsx";
import { UnreviewedCauses } from "./unreviewed-causes.tsx";
import { UrgentEndpoints } from "./urgent-endpoints.tsx";
import { VerdictPanel } from "./verdict-panel.tsx";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useTitle } from "../ui/use-title.ts";
import "./overview.css";

/** Shown at first; a button shows the rest. */
const FIRST_CAUSES = 10;
/** The API's maximum. */
const ALL_CAUSES = 1_000;

/** `/`: verdict, unreviewed causes, request accounting, gate and endpoints. */
export function OverviewScreen(): ReactElement {
  const { run, candidate } = useSelection();
  const [causes, setCauses] = useState(FIRST_CAUSES);
  const overview = useOverview({ run: run.id, candidate }, { causes });
  useTitle(overview.data === undefined ? "Overview" : `${overview.data.verdict} · ${candidate}`);
  return (
    <QueryState query={overview} what="the report">
      {(data) =>
        data.accounting.received === 0 ? (
          <NoTraffic />
        ) : (
          <Overview report={data} onShowAll={() => setCauses(ALL_CAUSES)} />
        )
      }
    </QueryState>
  );
}

interface Props {
  readonly report: OverviewData;
  readonly onShowAll: () => void;
}

function Overview({ report, onShowAll }: Props): ReactElement {
  const { endpoints, templates, differenceSets } = report.overflow;
  return (
    <>
      <VerdictPanel report={report} />
      <StatusOverview report={report} />
      <UnreviewedCauses report={report} onShowAll={onShowAll} />
      <div className="two-columns">
        <AccountingPanel report={report} />
        <GatePanel report={report} />
      </div>
      <TemplateProposals limit={3} />
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
      <UrgentEndpoints />
    </>
  );
}
