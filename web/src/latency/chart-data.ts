import type { LatencyView } from "../../../src/model/latency.ts";

export type ChartRole = "primary" | "candidate" | "secondary";
export type QuantileName = "p50" | "p95" | "p99";
export const QUANTILE_NAMES: readonly QuantileName[] = ["p50", "p95", "p99"];

/** x values, then one array per role: uPlot's format. */
export type Columns = [number[], ...(number | null)[][]];

/** The roles with measurements; a run without a secondary has two. */
export function measuredRoles({ distributions }: LatencyView): readonly ChartRole[] {
  return (["primary", "candidate", "secondary"] as const).filter((role) => distributions[role].count > 0);
}

/** Empirical distribution functions: for each latency in milliseconds, the share of responses that took at most as long. */
export function distributionColumns({ distributions }: LatencyView, roles: readonly ChartRole[]): Columns {
  const edges = [...new Set(roles.flatMap((role) => distributions[role].points.map(({ upper }) => upper)))].sort(
    (left, right) => left - right,
  );
  const shares = roles.map((role) => {
    const { points } = distributions[role];
    let next = 0;
    let share = 0;
    return edges.map((edge) => {
      for (let point = points[next]; point !== undefined && point.upper <= edge; point = points[next]) {
        share = point.share;
        next += 1;
      }
      return share;
    });
  });
  return [edges, ...shares];
}

/** One quantile by minute. x is in seconds, uPlot's unit of time. */
export function minuteColumns({ minutes }: LatencyView, roles: readonly ChartRole[], quantile: QuantileName): Columns {
  return [minutes.map(({ at }) => at / 1_000), ...roles.map((role) => minutes.map((minute) => minute[role][quantile]))];
}
