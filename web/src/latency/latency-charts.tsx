import { useMemo, type ReactElement } from "react";
import type { LatencyView } from "../../../src/model/latency.ts";
import { formatTickDuration } from "../ui/chart/axis-ticks.ts";
import type { ChartAxis, XAxis } from "../ui/chart/chart-model.ts";
import { Chart } from "../ui/chart/chart.tsx";
import {
  distributionData,
  measuredRoles,
  minuteData,
  QUANTILE_NAMES,
  type ChartRole,
  type QuantileName,
} from "./chart-data.ts";

const LATENCY_X: XAxis = { kind: "logarithmic", label: "Time to the last byte", format: formatTickDuration };
const SHARE_Y: ChartAxis = {
  label: "Share of responses that took at most as long",
  format: (share) => `${Number((share * 100).toFixed(1))}%`,
  limits: [0, 1.02],
  ticks: [0, 0.25, 0.5, 0.75, 1],
};
const TIME_X: XAxis = { kind: "time" };
const LATENCY_Y: ChartAxis = { label: "Time to the last byte", format: formatTickDuration };

interface Props {
  readonly view: LatencyView;
  readonly roles: readonly ChartRole[];
}

function DistributionChart({ view, roles }: Props): ReactElement {
  const data = useMemo(() => distributionData(view, roles), [view, roles]);
  return (
    <section className="panel" aria-labelledby="distribution-title">
      <h2 id="distribution-title">Distribution</h2>
      <Chart
        label="Cumulative distribution of the time to the last byte, by role"
        data={data}
        x={LATENCY_X}
        y={SHARE_Y}
        height={280}
        empty="No response was measured."
      />
    </section>
  );
}

function MinuteChart({ view, roles, quantile }: Props & { readonly quantile: QuantileName }): ReactElement {
  const data = useMemo(() => minuteData(view, roles, quantile), [view, roles, quantile]);
  return (
    <section className="panel" aria-labelledby={`minutes-${quantile}`}>
      <h2 id={`minutes-${quantile}`}>{quantile} by minute</h2>
      <Chart
        label={`${quantile} of the time to the last byte by minute and role`}
        data={data}
        x={TIME_X}
        y={LATENCY_Y}
        height={180}
        empty="No response was measured."
      />
    </section>
  );
}

export function LatencyCharts({ view }: { readonly view: LatencyView }): ReactElement {
  const roles = useMemo(() => measuredRoles(view), [view]);
  return (
    <>
      <DistributionChart view={view} roles={roles} />
      <div className="three-columns">
        {QUANTILE_NAMES.map((quantile) => (
          <MinuteChart key={quantile} view={view} roles={roles} quantile={quantile} />
        ))}
      </div>
    </>
  );
}
