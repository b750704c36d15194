import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import type { LatencyView } from "../../../src/model/latency.ts";
import { formatCount, formatFactor, formatPlural } from "../../../src/presentation/words/number-format.ts";
import type { LatencySearch } from "../search-params.ts";
import { formatTickDuration } from "../ui/chart/axis-ticks.ts";
import type { ChartAxis, ChartRange, XAxis } from "../ui/chart/chart-model.ts";
import { Chart } from "../ui/chart/chart.tsx";
import {
  distributionData,
  measuredRoles,
  periodData,
  QUANTILE_NAMES,
  ratioData,
  ratioLimits,
  shiftData,
  tailEnd,
  type ChartRole,
  type QuantileName,
} from "./chart-data.ts";

const LATENCY_X: XAxis = { kind: "logarithmic", label: "Time to the last byte", format: formatTickDuration };
const SHARE_Y: ChartAxis = {
  label: "Responses that took at most as long",
  format: (share) => `${Number((share * 100).toFixed(1))}%`,
  limits: [0, 1.02],
  ticks: [0, 0.25, 0.5, 0.75, 1],
};
/** Shares from the median on, each tick with a tenth or so of what the one before leaves. */
function tailAxis(view: LatencyView, roles: readonly ChartRole[]): ChartAxis {
  const most = tailEnd(Math.max(...roles.map((role) => view.distributions[role].count)));
  const ticks = [0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999].filter((share) => share < most);
  return {
    ...SHARE_Y,
    format: (share) => `${Number((share * 100).toFixed(2))}%`,
    limits: [0, most],
    ticks,
    scale: "tail",
  };
}

const TIME_X: XAxis = { kind: "time" };
const LATENCY_Y: ChartAxis = { label: "Time to the last byte", format: formatTickDuration };
const QUANTILE_X: XAxis = {
  kind: "linear",
  label: "Quantile",
  format: (percent) => `p${Number(percent.toFixed(1))}`,
  limits: [0, 100],
  ticks: [5, 25, 50, 75, 95],
};
const SHIFT_Y: ChartAxis = { label: "Candidate − primary", format: formatTickDuration, scale: "signed" };
const COUNT_Y: ChartAxis = { label: "Exchanges", format: formatCount };
const NOTHING = "No response was measured.";

/** The selected parts of the charts. */
export interface Selections {
  readonly latency: ChartRange | undefined;
  readonly time: ChartRange | undefined;
  readonly onLatency: (range: ChartRange) => void;
  readonly onTime: (range: ChartRange) => void;
}

interface Props {
  readonly view: LatencyView;
  readonly roles: readonly ChartRole[];
}

function DistributionChart({ view, roles, selections }: Props & { readonly selections: Selections }): ReactElement {
  const { scale } = useSearch({ from: "/latency" });
  const data = useMemo(() => distributionData(view, roles), [view, roles]);
  return (
    <section className="panel" aria-labelledby="distribution-title">
      <div className="panel-head">
        <h2 id="distribution-title">Distribution</h2>
        <ScaleSwitch scale={scale} />
      </div>
      <Chart
        label="Cumulative distribution of the time to the last byte, by role"
        data={data}
        x={LATENCY_X}
        y={scale === "tail" ? tailAxis(view, roles) : SHARE_Y}
        height={280}
        empty={NOTHING}
        selection={selections.latency}
        onSelect={selections.onLatency}
      />
    </section>
  );
}

/** Linear shares, or the slowest responses in detail. */
function ScaleSwitch({ scale }: Pick<LatencySearch, "scale">): ReactElement {
  const navigate = useNavigate();
  const select = (selected: LatencySearch["scale"]): void =>
    void navigate({ to: "/latency", search: (last) => ({ ...last, scale: selected }), resetScroll: false });
  return (
    <div className="segmented">
      <button type="button" aria-pressed={scale === undefined} onClick={() => select(undefined)}>
        All responses
      </button>
      <button type="button" aria-pressed={scale === "tail"} onClick={() => select("tail")}>
        Slowest
      </button>
    </div>
  );
}

function ShiftChart({ view }: Pick<Props, "view">): ReactElement {
  const data = useMemo(() => shiftData(view), [view]);
  const isUnknown = view.shift.every(({ low, high }) => low === null || high === null);
  return (
    <section className="panel" aria-labelledby="shift-title">
      <h2 id="shift-title">Shift of the quantiles</h2>
      <Chart
        label="Difference of the candidate's and the primary's quantiles"
        data={data}
        x={QUANTILE_X}
        y={SHIFT_Y}
        empty="Primary and candidate need responses."
      />
      <p className="hint">
        Above zero, the candidate is slower.{" "}
        {isUnknown
          ? "The run is too short for an interval."
          : "The interval of each quantile holds at any time; where it is missing, there are too few responses."}
      </p>
    </section>
  );
}

function RatioChart({ view }: Pick<Props, "view">): ReactElement {
  const data = useMemo(() => ratioData(view), [view]);
  const [low, high] = ratioLimits(view);
  const axis = useMemo((): XAxis => {
    const limits = [low, high] as const;
    return { kind: "logarithmic", label: "Candidate / primary, per exchange", format: formatFactor, limits };
  }, [low, high]);
  const { below, above, count } = view.ratios;
  return (
    <section className="panel" aria-labelledby="ratio-title">
      <h2 id="ratio-title">Ratio of each exchange</h2>
      <Chart
        label="Exchanges by the ratio of the candidate's and the primary's latency"
        data={data}
        x={axis}
        y={COUNT_Y}
        empty="No exchange has both latencies."
      />
      {count === 0 ? null : (
        <p className="hint">
          The median of {formatPlural(count, "exchange")} is judged; its shaded interval holds at any time.
          {below + above === 0 ? "" : ` Not drawn: ${formatCount(below)} below and ${formatCount(above)} above.`}
        </p>
      )}
    </section>
  );
}

interface PeriodProps extends Props {
  readonly quantile: QuantileName;
  readonly selections: Selections;
}

function PeriodChart({ view: { periods }, roles, quantile, selections }: PeriodProps): ReactElement {
  const data = useMemo(() => periodData(periods, roles, quantile), [periods, roles, quantile]);
  return (
    <section className="panel" aria-labelledby={`periods-${quantile}`}>
      <h2 id={`periods-${quantile}`}>{quantile} over time</h2>
      <Chart
        label={`${quantile} of the time to the last byte over time, by role`}
        data={data}
        x={TIME_X}
        y={LATENCY_Y}
        height={180}
        empty={NOTHING}
        selection={selections.time}
        onSelect={selections.onTime}
      />
    </section>
  );
}

/** Where the latencies lie, how far the candidate's are from the primary's, and how they develop. */
export function LatencyCharts({
  view,
  selections,
}: {
  readonly view: LatencyView;
  readonly selections: Selections;
}): ReactElement {
  const roles = useMemo(() => measuredRoles(view), [view]);
  return (
    <>
      <DistributionChart view={view} roles={roles} selections={selections} />
      <div className="two-columns">
        <ShiftChart view={view} />
        <RatioChart view={view} />
      </div>
      <div className="three-columns">
        {QUANTILE_NAMES.map((quantile) => (
          <PeriodChart key={quantile} view={view} roles={roles} quantile={quantile} selections={selections} />
        ))}
      </div>
    </>
  );
}
