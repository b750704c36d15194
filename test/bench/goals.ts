import { isNoisy } from "./statistics.ts";
import { table } from "./table.ts";

export interface Goal {
  readonly name: string;
  /** Whether the limit is an upper or a lower bound. */
  readonly is: "at most" | "at least";
  /** Null for a figure that is only printed. */
  readonly limit: number | null;
}

/** A goal and its measurement. */
export interface JudgedGoal extends Goal {
  /** Null when this run did not measure the goal. */
  readonly value: number | null;
  /** Range over the turns, if there is one value per turn. */
  readonly lowest?: number | undefined;
  readonly highest?: number | undefined;
  readonly result: "met" | "not met" | "not measured" | "no limit";
}

/** Checks a measurement against a goal. @param range over the turns */
export function judge(goal: Goal, value: number | null, range?: readonly [number, number]): JudgedGoal {
  const [lowest, highest] = range ?? [];
  return { ...goal, value, lowest, highest, result: resultOf(goal, value) };
}

function resultOf({ is, limit }: Goal, value: number | null): JudgedGoal["result"] {
  if (value === null) return "not measured";
  if (limit === null) return "no limit";
  return (is === "at most" ? value <= limit : value >= limit) ? "met" : "not met";
}

/** Formats a table for the terminal. */
export function goalsTable(goals: readonly JudgedGoal[]): string {
  const rows = goals.map(({ name, is, limit, value, lowest, highest, result }) => [
    name,
    limit === null ? "" : `${is === "at most" ? "≤" : "≥"} ${shown(limit)}`,
    value === null ? "–" : shown(value),
    value === null || lowest === undefined || highest === undefined ? "" : rangeOf(value, [lowest, highest]),
    result,
  ]);
  return table([["goal", "limit", "measured", "over the turns", ""], ...rows]);
}

/** Formats the lowest and highest of all turns. @param value the figure that stands for them */
export function rangeOf(value: number, range: readonly [number, number]): string {
  return `${shown(range[0])} … ${shown(range[1])}${isNoisy(value, range) ? " noisy" : ""}`;
}

/** Formats a figure with three digits, the precision of these measurements. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 10 ? 1 : 2);
}
