import type { ChartRange } from "../ui/chart/chart-model.ts";

/** A range as the URL holds it: `12.5-40`. Latencies have three significant digits. */
export function writeRange({ from, to }: ChartRange, write: (value: number) => string = String): string {
  return `${write(from)}-${write(to)}`;
}

/** @returns undefined for a text that is no range of positive numbers */
export function readRange(text: string | undefined): ChartRange | undefined {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "") ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to)) return undefined;
  return { from: Number(from), to: Number(to) };
}

/** Milliseconds with four significant digits, without an exponent: `12.35`. */
export function writeMilliseconds(value: number): string {
  return String(Number(value.toPrecision(4)));
}
