import type { FieldCounts } from "../../src/report/judge/field-counts.ts";
import { diffyNumbers, judgeFields, realFieldBar } from "../../src/report/judge/field-verdicts.ts";
import { randomFor } from "./random.ts";

/** Requests between two checks. */
export const CHECK_EVERY = 100;

export interface FieldWorld {
  /** Chance that a response of candidate or secondary differs from the primary's in this field. */
  readonly noise: number;
  /** Additional chance that the candidate's response differs. */
  readonly change: number;
  readonly requests: number;
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
  const random = randomFor(seed, `field ${world.noise} ${world.change} ${world.requests}`);
  let [ours, diffyPeeked, diffyOnce] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const field = new SimulatedField("$.field", world);
    let [real, shown, shownNow] = [false, false, false];
    for (let request = 1; request <= world.requests; request++) {
      field.countRequest(random);
      if (request % CHECK_EVERY !== 0) continue;
      real ||= realOf([field], "together").length > 0;
      shownNow = field.isShownByDiffy(request);
      shown ||= shownNow;
    }
    ours += Number(real);
    diffyPeeked += Number(shown);
    diffyOnce += Number(shownNow);
  }
  return { ours: ours / runs, diffyPeeked: diffyPeeked / runs, diffyOnce: diffyOnce / runs };
}

export interface ManyFields {
  readonly noisy: number;
  readonly changed: number;
  readonly noise: number;
  readonly change: number;
  readonly requests: number;
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

/** Many fields, of which a few have changed. */
export function manyShares(world: ManyFields, runs: number, seed: number): Readonly<Record<Rule, ManyShares>> {
  const random = randomFor(seed, `many ${world.noisy} ${world.changed} ${world.requests}`);
  const sums = { together: newSums(), "each alone": newSums(), Diffy: newSums() };
  for (let run = 0; run < runs; run++) {
    const fields = Array.from({ length: world.noisy + world.changed }, (_, index) => {
      return new SimulatedField(`$.field${index}`, { ...world, change: index < world.noisy ? 0 : world.change });
    });
    const isFalse = (called: readonly SimulatedField[]): boolean =>
      called.some(({ world: { change } }) => change === 0);
    const ever = { together: false, "each alone": false, Diffy: false };
    for (let request = 1; request <= world.requests; request++) {
      for (const field of fields) field.countRequest(random);
      if (request % CHECK_EVERY !== 0) continue;
      for (const rule of RULES) {
        const called = calledBy(rule, fields, request);
        ever[rule] ||= isFalse(called);
        if (request === world.requests) sums[rule].end(called, world.changed);
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

function calledBy(rule: Rule, fields: readonly SimulatedField[], request: number): readonly SimulatedField[] {
  return rule === "Diffy" ? fields.filter((field) => field.isShownByDiffy(request)) : realOf(fields, rule);
}

/** The fields that the production code calls real: by e-BH over all of them, or as if each were the only one. */
function realOf(fields: readonly SimulatedField[], rule: "together" | "each alone"): readonly SimulatedField[] {
  const counts = fields.map((field) => field.counts());
  const together = realFieldBar([counts]);
  return fields.filter((_, index) => {
    const own = counts.slice(index, index + 1);
    const bar = rule === "together" ? together : realFieldBar([own]);
    return judgeFields(new Map(own.map((each) => [each.path, each])), { any: true, body: true }, bar)
      .values()
      .some((verdict) => verdict === "real");
  });
}

function newSums() {
  return {
    everFalse: 0,
    falseDiscoveries: 0,
    found: 0,
    end(called: readonly SimulatedField[], changed: number): void {
      const wrong = called.filter(({ world: { change } }) => change === 0).length;
      if (called.length > 0) this.falseDiscoveries += wrong / called.length;
      if (changed > 0) this.found += (called.length - wrong) / changed;
    },
  };
}

/** The counts of one field, request by request. */
class SimulatedField {
  readonly path: string;
  readonly world: Pick<FieldWorld, "noise" | "change">;
  #rawOnly = 0;
  #noiseOnly = 0;
  #both = 0;

  constructor(path: string, world: Pick<FieldWorld, "noise" | "change">) {
    this.path = path;
    this.world = world;
  }

  countRequest(random: () => number): void {
    const { noise, change } = this.world;
    const differs = random() < noise || (change > 0 && random() < change);
    const secondaryDiffers = random() < noise;
    if (differs && secondaryDiffers) this.#both += 1;
    else if (differs) this.#rawOnly += 1;
    else if (secondaryDiffers) this.#noiseOnly += 1;
  }

  counts(): FieldCounts {
    return {
      section: "body",
      path: this.path,
      kind: "value",
      raw: this.#rawOnly + this.#both,
      noise: this.#noiseOnly + this.#both,
      both: this.#both,
      rawOnlyInPairs: this.#rawOnly,
      noiseOnlyInPairs: this.#noiseOnly,
    };
  }

  isShownByDiffy(requests: number): boolean {
    return diffyNumbers(this.#rawOnly + this.#both, this.#noiseOnly + this.#both, requests).flagged;
  }
}
