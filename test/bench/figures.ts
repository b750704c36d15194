import type { Accounting } from "../../src/model/accounting.ts";
import { rangeOf, shown } from "./goals.ts";
import { isNoisy, spreadOf, type Spread } from "./statistics.ts";
import { table } from "./table.ts";

/** Figures at saturation and, with `@`, at a fixed number of requests per second. */
type Measure =
  | "requests"
  | "perSecond"
  | "p50Us"
  | "p99Us"
  /** Responses that were missing, late or not 2xx. */
  | "errors"
  /** CPU time per request of all processes of the contender, until the last comparison was counted. */
  | "cpuUs"
  /** The same together with the upstream. */
  | "systemUs"
  /** CPU time per request of the threads that carry traffic. */
  | "proxyThreadsUs"
  /** Peak resident memory of all processes of the contender. */
  | "peakMb"
  /** Share of the requests to mirror that was compared. */
  | "comparedShare"
  /** Longest event-loop delay of a proxy thread since its start. */
  | "loopMaxMs"
  | `${"p50Us" | "p99Us" | "errors" | "cpuUs" | "systemUs"}@${number}`;

/** Figures of one contender in one turn; those that do not apply are missing. */
export type Turn = { readonly [Name in Measure]?: number | undefined };

export interface Figures {
  readonly name: string;
  readonly turns: readonly Turn[];
}

/** Returns the spread of a figure over the turns; undefined when no turn has it. */
export function spread({ turns }: Figures, measure: Measure): Spread | undefined {
  const values = turns.map((turn) => turn[measure]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : spreadOf(values);
}

/** A ratio of two medians, with the range of the ratios of the single turns. */
export interface Ratio {
  readonly value: number;
  readonly range: readonly [number, number];
}

/**
 * Divides turn by turn. Both lists have one value per turn, undefined where it was not measured.
 * @returns undefined when no turn has both values, or when one side is not above zero
 */
export function ratioOf(
  above: readonly (number | undefined)[],
  below: readonly (number | undefined)[],
): Ratio | undefined {
  const pairs = above
    .map((value, turn) => [value, below[turn]] as const)
    .filter((pair): pair is readonly [number, number] => pair[0] !== undefined && pair[1] !== undefined);
  if (pairs.length === 0) return undefined;
  const { min, max } = spreadOf(pairs.map(([value, base]) => value / base));
  const value = spreadOf(pairs.map(([value]) => value)).median;
  const base = spreadOf(pairs.map(([, base]) => base)).median;
  // An added latency below the noise is meaningless.
  return value > 0 && base > 0 ? { value: value / base, range: [min, max] } : undefined;
}

export function measured({ turns }: Figures, measure: Measure): readonly (number | undefined)[] {
  return turns.map((turn) => turn[measure]);
}

/** Returns the share of a turn's requests that were compared, from the counts before and after the turn. */
export function comparedShare(before: Accounting, after: Accounting): number | undefined {
  const wanted = after.received - before.received - (after.sampledOut - before.sampledOut);
  return wanted === 0 ? undefined : (after.compared - before.compared) / wanted;
}

/** Formats throughput, latency, CPU and memory at saturation: medians and their ratios to the base. */
export function saturationTable(figures: readonly Figures[], base: Figures): string {
  const head = ["", "requests/s", "÷ base", "range", "p50 µs", "p99 µs", "CPU µs", "÷ base", "range"];
  const rest = ["system µs", "proxy threads µs", "peak MB", "loop max ms", "compared", "errors", "noisy"];
  const rows = figures.map((one) => {
    const number = (measure: Measure): string => numberOf(one, measure);
    const share = spread(one, "comparedShare")?.median;
    return [
      one.name,
      number("perSecond"),
      ...ratioCells(one, base, "perSecond"),
      number("p50Us"),
      number("p99Us"),
      number("cpuUs"),
      ...ratioCells(one, base, "cpuUs"),
      number("systemUs"),
      number("proxyThreadsUs"),
      number("peakMb"),
      number("loopMaxMs"),
      share === undefined ? "–" : `${(share * 100).toFixed(1)}%`,
      number("errors"),
      noisyOf(one),
    ];
  });
  return table([[...head, ...rest], ...rows]);
}

/** Formats latency and CPU at a fixed rate, and what is added to direct requests, if those were measured. */
export function rateTable(figures: readonly Figures[], rate: number): string {
  const direct = figures.find(({ name }) => name === "direct");
  const head = [
    "",
    "p50 µs",
    "range",
    "added",
    "p99 µs",
    "range",
    "added",
    "CPU µs",
    "system µs",
    "÷ direct",
    "errors",
  ];
  const rows = figures
    .filter((one) => spread(one, `p50Us@${rate}`) !== undefined)
    .map((one) => {
      const cells = (measure: "p50Us" | "p99Us"): string[] => {
        const own = spread(one, `${measure}@${rate}`);
        const without = direct === undefined ? undefined : spread(direct, `${measure}@${rate}`);
        if (own === undefined) return ["–", "", ""];
        const added = without === undefined ? "" : shown(own.median - without.median);
        return [shown(own.median), rangeOf(own.median, [own.min, own.max]), added];
      };
      const system = `systemUs@${rate}` as const;
      return [
        one.name,
        ...cells("p50Us"),
        ...cells("p99Us"),
        numberOf(one, `cpuUs@${rate}`),
        numberOf(one, system),
        direct === undefined ? "–" : ratioCells(one, direct, system)[0],
        numberOf(one, `errors@${rate}`),
      ];
    });
  return table([head, ...rows]);
}

/** Describes how fast the machine was during these turns, by programs that do not change. */
export function machineSpeed(figures: readonly Figures[]): string {
  const speeds = figures
    .filter(({ name }) => name === "direct" || name === "nginx")
    .map((one) => `${one.name} ${numberOf(one, "perSecond")} requests/s, ${numberOf(one, "cpuUs")} CPU µs`);
  return `machine: ${speeds.join("; ")}`;
}

function ratioCells(one: Figures, base: Figures, measure: Measure): readonly [string, string] {
  const ratio = ratioOf(measured(one, measure), measured(base, measure));
  return ratio === undefined ? ["–", ""] : [shown(ratio.value), rangeOf(ratio.value, ratio.range)];
}

/** Names the figures of a contender whose turns scatter. */
function noisyOf(one: Figures): string {
  const columns = { perSecond: "requests/s", p50Us: "p50", p99Us: "p99", cpuUs: "CPU" } as const;
  return (Object.keys(columns) as (keyof typeof columns)[])
    .filter((measure) => {
      const own = spread(one, measure);
      return own !== undefined && isNoisy(own.median, [own.min, own.max]);
    })
    .map((measure) => columns[measure])
    .join(", ");
}

function numberOf(one: Figures, measure: Measure): string {
  const median = spread(one, measure)?.median;
  return median === undefined ? "–" : shown(median);
}
