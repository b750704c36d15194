import { table } from "./table.ts";

export interface Goal {
  readonly name: string;
  /** Whether the limit is an upper or a lower bound. */
  readonly is: "at most" | "at least";
  readonly limit: number;
  readonly stretch?: number | undefined;
}

/** A goal and its measurement. */
export interface JudgedGoal extends Goal {
  /** Null when this run did not measure the goal. */
  readonly value: number | null;
  /** Range over the turns, if there is one value per turn. */
  readonly lowest?: number | undefined;
  readonly highest?: number | undefined;
  readonly result: "stretch" | "met" | "not met" | "not measured";
}

/** Checks a measurement against a goal. @param range over the turns */
export function judge(goal: Goal, value: number | null, range?: readonly [number, number]): JudgedGoal {
  const [lowest, highest] = range ?? [];
  return { ...goal, value, lowest, highest, result: resultOf(goal, value) };
}

function resultOf({ is, limit, stretch }: Goal, value: number | null): JudgedGoal["result"] {
  if (value === null) return "not measured";
  const reaches = (bound: number): boolean => (is === "at most" ? value <= bound : value >= bound);
  if (stretch !== undefined && reaches(stretch)) return "stretch";
  return reaches(limit) ? "met" : "not met";
}

/** Formats a table for the terminal. `stretch` means that the stretch limit is met as well. */
export function goalsTable(goals: readonly JudgedGoal[]): string {
  const rows = goals.map(({ name, is, limit, stretch, value, lowest, highest, result }) => [
    name,
    `${is === "at most" ? "≤" : "≥"} ${shown(limit)}`,
    stretch === undefined ? "" : shown(stretch),
    value === null ? "–" : shown(value),
    lowest === undefined || highest === undefined ? "" : `${shown(lowest)} … ${shown(highest)}`,
    result,
  ]);
  return table([["goal", "limit", "stretch", "measured", "over the turns", ""], ...rows]);
}

/** Formats a figure with three digits, the precision of these measurements. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 10 ? 1 : 2);
}
