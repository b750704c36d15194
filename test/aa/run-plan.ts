import { randomFor } from "../simulate/random.ts";
import { LATENCY_KINDS, NOISE_KINDS } from "./server-config.ts";
import type { Mode } from "./target-program.ts";
import type { Pacing } from "./traffic.ts";

/** `latency:gc`, `noise:uuid`. */
export const KINDS = [
  ...LATENCY_KINDS.map((kind) => `latency:${kind}` as const),
  ...NOISE_KINDS.map((kind) => `noise:${kind}` as const),
];
export type Kind = (typeof KINDS)[number];

/** Runs of different plans have different seeds. */
const SEEDS_PER_PLAN = 10_000;

/** A run before it runs; everything in it follows from these four. */
export interface PlannedRun {
  readonly kind: Kind;
  readonly mode: Mode;
  readonly pacing: Pacing;
  readonly seed: number;
}

export interface Choice {
  readonly kinds: readonly Kind[];
  readonly modes: readonly Mode[];
  readonly pacings: readonly Pacing[];
}

/**
 * Spreads runs evenly over modes and pacings, and in each of these over the kinds, in an order drawn from the seed. A longer plan
 * begins with the shorter one, so that results can be continued.
 */
export function planRuns({ kinds, modes, pacings }: Choice, runs: number, seed: number): PlannedRun[] {
  const cells = modes.flatMap((mode) =>
    pacings.map((pacing) => ({ mode, pacing, kinds: inRandomOrder(kinds, randomFor(seed, `${mode} ${pacing}`)) })),
  );
  return Array.from({ length: runs }, (_, index) => {
    const { mode, pacing, kinds: order } = cells[index % cells.length] as (typeof cells)[number];
    const kind = order[Math.floor(index / cells.length) % order.length] as Kind;
    return { kind, mode, pacing, seed: seed * SEEDS_PER_PLAN + index };
  });
}

function inRandomOrder(kinds: readonly Kind[], random: () => number): Kind[] {
  const drawn = kinds.map((kind) => ({ kind, draw: random() }));
  return drawn.sort((a, b) => a.draw - b.draw).map(({ kind }) => kind);
}

/** Names a run in a file of results. */
export function keyOf({ kind, mode, pacing, seed }: PlannedRun): string {
  return `${kind} ${mode} ${pacing} ${seed}`;
}
