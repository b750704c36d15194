import type { BlockEvidence } from "../../src/report/statistics/block-evidence.ts";
import { fieldEvidence, shareInflation } from "../../src/report/judge/field-evidence.ts";
import { diffyNumbers } from "../../src/report/judge/field-verdicts.ts";
import { evidenceBar, evidenceBarOfMany } from "../../src/report/statistics/e-values.ts";
import { BlockCounts } from "./block-counts.ts";
import { bursts, randomFor } from "./random.ts";

/** Requests between two checks. */
export const CHECK_EVERY = 100;
const PER_SECOND = 100;

/** How candidate and secondary differ from the primary. */
export interface FieldWorld {
  /** Share of the responses of candidate and of secondary that differ in the field. */
  readonly noise: number;
  /** Responses that differ come in bursts of this many requests; 1 by default. */
  readonly burst?: number | undefined;
  /** Additional chance that the candidate's response differs. */
  readonly change: number;
  /** Requests before the change begins; 0 by default. */
  readonly good?: number | undefined;
  readonly requests: number;
  /** 100 by default. */
  readonly perSecond?: number | undefined;
}

/** Shares of runs in which the field was called real. */
export interface FieldShares {
  /** At one check at least. */
  readonly ours: number;
  readonly diffyPeeked: number;
  /** At a single check after the last request. */
  readonly diffyOnce: number;
}

/** One field, checked after every 100 requests. */
export function fieldShares(world: FieldWorld, runs: number, seed: number): FieldShares {
  let [ours, diffyPeeked, diffyOnce] = [0, 0, 0];
  for (const field of simulatedRuns(world, runs, seed)) {
    let [real, shown, shownNow] = [false, false, false];
    while (field.requests < world.requests) {
      field.advance(CHECK_EVERY);
      real ||= field.evidences().some((evidence) => evidence >= evidenceBar());
      shownNow = field.isShownByDiffy(0);
      shown ||= shownNow;
    }
    ours += Number(real);
    diffyPeeked += Number(shown);
    diffyOnce += Number(shownNow);
  }
  return { ours: ours / runs, diffyPeeked: diffyPeeked / runs, diffyOnce: diffyOnce / runs };
}

/**
 * How many requests after a late change the field is called real, checked after every 20 requests.
 * @returns the median; null if half of the runs do not find it
 */
export function fieldDelay(world: FieldWorld & { readonly good: number }, runs: number, seed: number): number | null {
  const delays: number[] = [];
  for (const field of simulatedRuns(world, runs, seed)) {
    field.advance(world.good);
    let delay = Number.POSITIVE_INFINITY;
    while (field.requests < world.requests && delay === Number.POSITIVE_INFINITY) {
      field.advance(20);
      if (field.evidences().some((evidence) => evidence >= evidenceBar())) delay = field.requests - world.good;
    }
    delays.push(delay);
  }
  const median = delays.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(median) ? median : null;
}

function* simulatedRuns(world: FieldWorld, runs: number, seed: number): Generator<SimulatedFields> {
  const random = randomFor(seed, `field ${JSON.stringify(world)}`);
  for (let run = 0; run < runs; run++) yield new SimulatedFields([world], world.perSecond ?? PER_SECOND, random);
}

export interface ManyFields extends Omit<FieldWorld, "good"> {
  readonly noisy: number;
  readonly changed: number;
}

export type Rule = "together" | "each alone" | "Diffy";

export interface ManyShares {
  /** Share of runs in which a field without a change was called real at one check at least. */
  readonly everFalse: number;
  /** Mean share of false fields among those called real after the last request; 0 in runs without any. */
  readonly falseDiscoveries: number;
  /** Share of the changed fields that is called real after the last request. */
  readonly found: number;
}

/** Many fields, of which the last few have changed. */
export function manyShares(world: ManyFields, runs: number, seed: number): Readonly<Record<Rule, ManyShares>> {
  const random = randomFor(seed, `many ${JSON.stringify(world)}`);
  const worlds = Array.from({ length: world.noisy + world.changed }, (_, index) => {
    return { ...world, change: index < world.noisy ? 0 : world.change };
  });
  const isFalse = (called: readonly number[]): boolean => called.some((field) => field < world.noisy);
  const sums = { together: newSums(), "each alone": newSums(), Diffy: newSums() };
  for (let run = 0; run < runs; run++) {
    const fields = new SimulatedFields(worlds, world.perSecond ?? PER_SECOND, random);
    const ever = { together: false, "each alone": false, Diffy: false };
    while (fields.requests < world.requests) {
      fields.advance(CHECK_EVERY);
      const called = calledBy(fields);
      for (const rule of RULES) {
        ever[rule] ||= isFalse(called[rule]);
        if (fields.requests === world.requests) sums[rule].end(called[rule], world);
      }
    }
    for (const rule of RULES) sums[rule].everFalse += Number(ever[rule]);
  }
  const shares = ({ everFalse, falseDiscoveries, found }: ManyShares): ManyShares => {
    return { everFalse: everFalse / runs, falseDiscoveries: falseDiscoveries / runs, found: found / runs };
  };
  return {
    together: shares(sums.together),
    "each alone": shares(sums["each alone"]),
    Diffy: shares(sums.Diffy),
  };
}

const RULES: readonly Rule[] = ["together", "each alone", "Diffy"];

/** The fields that are called real: by e-BH over all of them, as if each were the only one, and by Diffy. */
function calledBy(fields: SimulatedFields): Readonly<Record<Rule, readonly number[]>> {
  const evidences = fields.evidences();
  const together = evidenceBarOfMany(evidences);
  const chosen = (isChosen: (field: number) => boolean): readonly number[] =>
    evidences.map((_, field) => field).filter(isChosen);
  return {
    together: chosen((field) => (evidences[field] ?? 0) >= together),
    "each alone": chosen((field) => (evidences[field] ?? 0) >= evidenceBar()),
    Diffy: chosen((field) => fields.isShownByDiffy(field)),
  };
}

function newSums() {
  return {
    everFalse: 0,
    falseDiscoveries: 0,
    found: 0,
    end(called: readonly number[], { noisy, changed }: ManyFields): void {
      const wrong = called.filter((field) => field < noisy).length;
      if (called.length > 0) this.falseDiscoveries += wrong / called.length;
      if (changed > 0) this.found += (called.length - wrong) / changed;
    },
  };
}

/** Fields of one endpoint, request by request. */
class SimulatedFields {
  requests = 0;
  readonly #worlds: readonly FieldWorld[];
  readonly #counts: BlockCounts;
  readonly #random: () => number;
  readonly #sides: readonly { readonly candidate: () => boolean; readonly secondary: () => boolean }[];
  /** Differing responses of each field. */
  readonly #raw: number[];
  readonly #noise: number[];

  constructor(worlds: readonly FieldWorld[], perSecond: number, random: () => number) {
    this.#worlds = worlds;
    this.#random = random;
    this.#counts = new BlockCounts(worlds.length, perSecond, random);
    this.#sides = worlds.map(({ noise, burst = 1 }) => {
      return { candidate: bursts(noise, burst, random), secondary: bursts(noise, burst, random) };
    });
    this.#raw = worlds.map(() => 0);
    this.#noise = worlds.map(() => 0);
  }

  advance(requests: number): void {
    for (let request = 0; request < requests; request++) {
      this.requests += 1;
      this.#counts.count(this.#sides.map((_, field) => this.#event(field)));
    }
  }

  /** ln E of each field, by the production code. */
  evidences(): readonly number[] {
    const all = this.#counts.series().map((series, at) => [`${at}`, fieldEvidence(series)] as const);
    const [shared = new Map<string, BlockEvidence>()] = shareInflation([new Map(all)]);
    return [...shared.values()].map(({ evidence }) => evidence);
  }

  isShownByDiffy(field: number): boolean {
    return diffyNumbers(this.#raw[field] ?? 0, this.#noise[field] ?? 0, this.requests).flagged;
  }

  #event(field: number): number {
    const { change = 0, good = 0 } = this.#worlds[field] ?? {};
    const side = this.#sides[field];
    const isNoisy = side?.candidate() === true;
    const differs = isNoisy || (change > 0 && this.requests > good && this.#random() < change);
    const secondaryDiffers = side?.secondary() === true;
    if (differs) this.#raw[field] = (this.#raw[field] ?? 0) + 1;
    if (secondaryDiffers) this.#noise[field] = (this.#noise[field] ?? 0) + 1;
    return Number(differs) - Number(secondaryDiffers);
  }
}
