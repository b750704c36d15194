import type { LatencyView } from "../../../src/model/latency.ts";
import type { ChartData, ChartSeries, LineStyle } from "../ui/chart/chart-model.ts";

export type ChartRole = "primary" | "candidate" | "secondary";
export type QuantileName = "p50" | "p95" | "p99";
export const QUANTILE_NAMES: readonly QuantileName[] = ["p50", "p95", "p99"];
const QUANTILE_SHARES: Readonly<Record<QuantileName, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

const MS_PER_MINUTE = 60_000;

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
  const x = [...new Set(roles.flatMap((role) => distributions[role].points.map(({ upper }) => upper)))].sort(
    (left, right) => left - right,
  );
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
  const marks = QUANTILE_NAMES.map((name) => ({
    axis: "y" as const,
    value: QUANTILE_SHARES[name],
    label: name,
    color: "muted",
    line: "dotted" as const,
  }));
  return { x, series, dots, marks };
}

/** One quantile by minute and role. */
export function minuteData({ minutes }: LatencyView, roles: readonly ChartRole[], quantile: QuantileName): ChartData {
  return {
    x: minutes.map(({ at }) => at),
    ends: minutes.map(({ at }) => at + MS_PER_MINUTE),
    series: roles.map((role) =>
      seriesOf(
        role,
        minutes.map((minute) => minute[role][quantile]),
      ),
    ),
  };
}
