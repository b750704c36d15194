import { useState, type ReactElement } from "react";
import type { Overview as OverviewData } from "../../../src/model/views/overview.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useOverview } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { NoTraffic } from "../shell/no-traffic.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { TemplateProposals } from "../endpoints/template-proposals.tsx";
import { useTitle } from "../ui/use-title.ts";
import { AccountingFlow } from "./accounting/accounting-flow.tsx";
import { ContractPanel } from "../contract/contract-panel.tsx";
import { UnreviewedCauses } from "./causes/unreviewed-causes.tsx";
import { ThresholdList } from "./threshold-list.tsx";
import { TrafficChart } from "./traffic-chart.tsx";
import { UrgentEndpoints } from "./urgent-endpoints.tsx";
import { VerdictPanel } from "./verdict-panel.tsx";
import "./overview.css";

/** Shown at first; a button shows the rest. */
const FIRST_CAUSES = 7;
/** The API's maximum. */
const ALL_CAUSES = 1_000;

/** `/`: the verdict with what it is made of, unreviewed causes, accounting, traffic over time and urgent endpoints. */
export function OverviewScreen(): ReactElement {
  const { run, candidate } = useSelection();
  const [causes, setCauses] = useState(FIRST_CAUSES);
  const overview = useOverview({ run: run.id, candidate }, { causes, statuses: 0 });
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
  return (
    <>
      <div className="verdict-columns">
        <VerdictPanel report={report} />
        <ThresholdList report={report} />
      </div>
      <LimitBanners overflow={report.overflow} />
      <UnreviewedCauses report={report} onShowAll={onShowAll} />
      <div className="two-columns">
        <AccountingFlow report={report} />
        <TrafficChart />
      </div>
      <ContractPanel contract={report.contract} />
      <TemplateProposals limit={3} />
      <UrgentEndpoints />
    </>
  );
}

/** What is not counted separately, because a limit of the configuration was reached. */
function LimitBanners({ overflow }: Pick<OverviewData, "overflow">): ReactElement {
  const { endpoints, templates, differenceSets } = overflow;
  return (
    <>
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
    </>
  );
}
