import type { LatencyView } from "../../../src/model/latency.ts";

export type ChartRole = "primary" | "candidate" | "secondary";
export type QuantileName = "p50" | "p95" | "p99";
export const QUANTILE_NAMES: readonly QuantileName[] = ["p50", "p95", "p99"];

/** x, then one array per role, as uPlot wants it. */
export type Columns = [number[], ...(number | null)[][]];

/** The roles that were measured; a run without a secondary has two. */
export function measuredRoles({ distributions }: LatencyView): readonly ChartRole[] {
  return (["primary", "candidate", "secondary"] as const).filter((role) => distributions[role].count > 0);
}

/** The empirical distribution functions on one axis of milliseconds: at each edge, the share that took less. */
export function distributionColumns({ distributions }: LatencyView, roles: readonly ChartRole[]): Columns {
  const edges = [...new Set(roles.flatMap((role) => distributions[role].points.map(({ upper }) => upper)))].sort(
    (one, two) => one - two,
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

/** One quantile by minute; x in seconds, as uPlot counts time. */
export function minuteColumns({ minutes }: LatencyView, roles: readonly ChartRole[], quantile: QuantileName): Columns {
  return [minutes.map(({ at }) => at / 1_000), ...roles.map((role) => minutes.map((minute) => minute[role][quantile]))];
}
