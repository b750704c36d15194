import type { Accounting } from "../../src/model/report.ts";
import type { WrkResult } from "./wrk.ts";

/** What one contender did in one turn. */
export interface Turn extends WrkResult {
  /** Of the contender's process, until the last comparison was counted; null when it has no process of its own. */
  readonly cpuUsPerRequest: number | null;
  /** Of the requests of this turn that were to be mirrored, the share that was compared; null without a mirror. */
  readonly comparedShare: number | null;
}

export interface Figures {
  readonly name: string;
  readonly turns: readonly Turn[];
  /** Of each figure by itself. */
  readonly median: Turn;
  /** Divided by the first contender's median. */
  readonly ratio: { readonly perSecond: number; readonly p50: number; readonly p99: number };
}

/** @returns medians, and their ratios to the first one's */
export function summarise(
  results: readonly { readonly name: string; readonly turns: readonly Turn[] }[],
): readonly Figures[] {
  const medians = results.map(({ turns }) => medianTurn(turns));
  return results.map(({ name, turns }, index) => {
    const median = medians[index] as Turn;
    const base = medians[0] as Turn;
    const ratio = {
      perSecond: median.perSecond / base.perSecond,
      p50: median.p50Us / base.p50Us,
      p99: median.p99Us / base.p99Us,
    };
    return { name, turns, median, ratio };
  });
}

/** The share of a turn's requests that reached a verdict, from what was counted before and after it. */
export function comparedShare(before: Accounting | null, after: Accounting | null): number | null {
  if (before === null || after === null) return null;
  const wanted = after.received - before.received - (after.sampledOut - before.sampledOut);
  return wanted === 0 ? null : (after.compared - before.compared) / wanted;
}

/** A table for the terminal. */
export function table(figures: readonly Figures[]): string {
  const head = [
    "",
    "requests/s",
    "÷ direct",
    "p50 µs",
    "÷ direct",
    "p99 µs",
    "÷ direct",
    "CPU µs",
    "compared",
    "errors",
  ];
  const rows = figures.map(({ name, median, ratio }) => [
    name,
    median.perSecond.toFixed(0),
    ratio.perSecond.toFixed(2),
    median.p50Us.toFixed(0),
    ratio.p50.toFixed(2),
    median.p99Us.toFixed(0),
    ratio.p99.toFixed(2),
    median.cpuUsPerRequest?.toFixed(1) ?? "–",
    median.comparedShare === null ? "–" : `${(median.comparedShare * 100).toFixed(1)} %`,
    String(median.errors),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [head, ...rows].map(line).join("\n");
}

function medianTurn(turns: readonly Turn[]): Turn {
  const of = (pick: (turn: Turn) => number): number => median(turns.map(pick));
  const known = (pick: (turn: Turn) => number | null): number | null => {
    const values = turns.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    requests: of((turn) => turn.requests),
    perSecond: of((turn) => turn.perSecond),
    p50Us: of((turn) => turn.p50Us),
    p99Us: of((turn) => turn.p99Us),
    errors: of((turn) => turn.errors),
    cpuUsPerRequest: known((turn) => turn.cpuUsPerRequest),
    comparedShare: known((turn) => turn.comparedShare),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
