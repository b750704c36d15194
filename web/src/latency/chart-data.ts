import type { LatencyPeriod, LatencyView } from "../../../src/model/latency.ts";
import { formatFactor } from "../../../src/presentation/words/number-format.ts";
import type { ChartData, ChartMark, ChartSeries, LineStyle } from "../ui/chart/chart-model.ts";

export type ChartRole = "primary" | "candidate" | "secondary";
export type QuantileName = "p50" | "p95" | "p99";
export const QUANTILE_NAMES: readonly QuantileName[] = ["p50", "p95", "p99"];
const QUANTILE_SHARES: Readonly<Record<QuantileName, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** The axis of latencies begins this much below the upper edge of the first bucket, which is 4% wide. */
const BELOW_FIRST = 0.95;

/** How the line of a role is drawn. */
const ROLE_LINES: Readonly<Record<ChartRole, LineStyle>> = {
  primary: "solid",
  candidate: "dashed",
  secondary: "dotted",
};

/** The roles with measurements; a run without a secondary has two. */
export function measuredRoles({ distributions }: LatencyView): readonly ChartRole[] {
  return (["primary", "candidate", "secondary"] as const).filter((role) => distributions[role].count > 0);
}

function seriesOf(role: ChartRole, values: ChartSeries["values"]): ChartSeries {
  return { label: role, color: `role-${role}`, line: ROLE_LINES[role], shape: "steps", values };
}

/**
 * Empirical distribution functions: for each latency in milliseconds, the share of responses that took at most as long. Dots mark
 * the quantiles of each role.
 */
export function distributionData({ distributions }: LatencyView, roles: readonly ChartRole[]): ChartData {
  const edges = [...new Set(roles.flatMap((role) => distributions[role].points.map(({ upper }) => upper)))].sort(
    (left, right) => left - right,
  );
  // The quantiles of the fastest responses lie below the first upper edge.
  const x = [...edges.slice(0, 1).map((first) => first * BELOW_FIRST), ...edges];
  const series = roles.map((role) => {
    const { points } = distributions[role];
    let next = 0;
    let share = 0;
    const values = x.map((edge) => {
      for (let point = points[next]; point !== undefined && point.upper <= edge; point = points[next]) {
        share = point.share;
        next += 1;
      }
      return share;
    });
    return seriesOf(role, values);
  });
  const dots = roles.flatMap((role) =>
    QUANTILE_NAMES.flatMap((name) => {
      const at = distributions[role].quantiles[name];
      return at === null ? [] : [{ x: at, y: QUANTILE_SHARES[name], color: `role-${role}` }];
    }),
  );
  const marks = QUANTILE_NAMES.map((name): ChartMark => ({
    axis: "y",
    value: QUANTILE_SHARES[name],
    label: name,
    color: "muted",
    line: "dotted",
  }));
  return { x, series, dots, marks };
}

/** The largest share that a tail shows: nothing is known about the slowest half response. @param count of responses */
export function tailEnd(count: number): number {
  return 1 - 0.5 / Math.max(count, 1);
}

/** One quantile over time by role. */
export function periodData(
  periods: readonly LatencyPeriod[],
  roles: readonly ChartRole[],
  quantile: QuantileName,
): ChartData {
  return {
    x: periods.map(({ startedAt }) => startedAt),
    ends: periods.map(({ endsAt }) => endsAt),
    series: roles.map((role) =>
      seriesOf(
        role,
        periods.map((period) => period[role][quantile]),
      ),
    ),
  };
}

/** candidate − primary at each quantile, with its interval. */
export function shiftData({ shift }: LatencyView): ChartData {
  const both = shift.map(({ low, high }) => low !== null && high !== null);
  return {
    x: shift.map(({ share }) => share * 100),
    series: [
      { label: "candidate − primary", color: "role-candidate", shape: "line", values: shift.map((each) => each.shift) },
    ],
    bands: [
      {
        label: "95% interval",
        color: "role-candidate",
        low: shift.map(({ low }, at) => (both[at] === true ? low : null)),
        high: shift.map(({ high }, at) => (both[at] === true ? high : null)),
      },
    ],
    marks: [{ axis: "y", value: 0, label: "no shift", color: "muted", line: "solid" }],
  };
}

/** How many exchanges have which ratio, with the median, its interval and the limit. */
export function ratioData({ ratios: { bins }, latency: { ratio, allowed }, hasInterval }: LatencyView): ChartData {
  const marks: ChartMark[] = [
    { axis: "x", value: allowed, label: `limit ${formatFactor(allowed)}`, color: "bad", line: "dashed" },
  ];
  if (ratio !== null) {
    marks.push({
      axis: "x",
      value: ratio.estimate,
      label: `median ${formatFactor(ratio.estimate)}`,
      color: "role-candidate",
      line: "solid",
      interval: hasInterval ? { from: ratio.low, to: ratio.high } : undefined,
    });
  }
  return {
    x: bins.map(({ low, high }) => Math.sqrt(low * high)),
    series: [{ label: "exchanges", color: "accent", shape: "bars", values: bins.map(({ count }) => count) }],
    marks,
  };
}

/** The part of the axis of ratios that is drawn: the bins, the limit and equality, with a margin. */
export function ratioLimits({ ratios: { bins }, latency }: LatencyView): readonly [number, number] {
  const values = [
    1,
    latency.allowed,
    ...bins.slice(0, 1).map(({ low }) => low),
    ...bins.slice(-1).map(({ high }) => high),
  ];
  return [Math.min(...values) / 1.02, Math.max(...values) * 1.02];
}
