import { slotStart } from "../../src/lib/time-slots.ts";
import type { EndpointShares } from "../../src/model/control.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import type { Report } from "../../src/model/report.ts";
import type { Gate } from "../../src/model/run.ts";
import { accountingOf } from "../../src/report/judge/accounting-totals.ts";
import { judgeRunFields } from "../../src/report/judge/field-verdicts.ts";
import { judgeCandidate, type JudgedCandidate } from "../../src/report/judge/judge-candidate.ts";
import { NO_TIMELINE } from "../../src/report/judge/latency/latency-timeline.ts";
import { SharePlanner } from "../../src/report/sampling/share-planner.ts";
import { endOf, planBlocks, type BlockExtent } from "../../src/store/block-layout.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../src/store/store.ts";
import { normals, randomFor } from "./random.ts";

const ROUTE = "default";
const SLOTS_PER_SECOND = 8;
const SECONDS_PER_HOUR = 3_600;

export interface SamplingWorld {
  readonly endpoints: number;
  /** Requests per second, of which the endpoint of rank r gets a share of 1/r (Zipf). */
  readonly perSecond: number;
  /** Mirrored requests per second. */
  readonly budget: number;
  /** The gate. */
  readonly parity: number;
  /** Chance that a response differs, of unchanged endpoints and of every tenth one. */
  readonly unchanged: number;
  readonly changed: number;
  /** The time between two plans, which is also the time between two checks. */
  readonly stepSeconds: number;
  readonly hours: number;
}

/** Uniform sampling has one share for all endpoints, which uses the budget too. */
export type SamplingMode = "uniform" | "verdict";

export interface SampledRun {
  /** Hours until each endpoint first passes or fails, most frequent first; the end of the run if it never does. */
  readonly hours: readonly number[];
  /** Endpoints without a change that fail at one check at least, changed ones that pass at one, and changed ones that fail. */
  readonly falselyFailed: number;
  readonly missed: number;
  readonly found: number;
  /** The estimate of the share of differing requests of the run, and the truth. */
  readonly differing: number;
  readonly truth: number;
  /** Mirrored requests per second, on average and at most in one step. */
  readonly mean: number;
  readonly most: number;
}

/** One run, with the shares that the production code plans from the verdicts of the production code. */
export function sampledRun(world: SamplingWorld, mode: SamplingMode, seed: number): SampledRun {
  const random = randomFor(seed, `sampling ${mode} ${JSON.stringify(world)}`);
  const traffic = zipfTraffic(world);
  const counts = traffic.map((endpoint) => new EndpointCounts(endpoint, random));
  const planner = new SharePlanner({ route: ROUTE, candidate: "v2" }, 1);
  const gate = { ...GATE, parity: world.parity };
  const hours: (number | undefined)[] = traffic.map(() => undefined);
  const [failedEver, passedEver] = [new Set<number>(), new Set<number>()];
  let [mirrored, most, step] = [0, 0, 0];
  let judged: JudgedCandidate | undefined;
  const uniform = world.budget / world.perSecond;
  for (; step * world.stepSeconds < world.hours * SECONDS_PER_HOUR; step += 1) {
    const shares = mode === "uniform" ? undefined : plan(planner, { world, traffic, judged, gate, step }, random);
    let inStep = 0;
    for (const [at, endpoint] of counts.entries()) {
      const level = shares === undefined ? 0 : (shares.levels.get(nameOf(at)) ?? shares.otherwise);
      const share = shares === undefined ? uniform : 2 ** -level;
      inStep += endpoint.compare(
        step * world.stepSeconds,
        poisson((traffic[at]?.perSecond ?? 0) * share * world.stepSeconds, random),
        level,
      );
    }
    mirrored += inStep;
    most = Math.max(most, inStep / world.stepSeconds);
    judged = judge(counts, gate);
    for (const { report: own } of judged.endpoints) {
      const at = Number(own.endpoint.slice(NAME.length));
      if (own.verdict === "inconclusive") continue;
      hours[at] ??= ((step + 1) * world.stepSeconds) / SECONDS_PER_HOUR;
      (own.verdict === "fail" ? failedEver : passedEver).add(at);
    }
    if (hours.every((own) => own !== undefined)) {
      step += 1;
      break;
    }
  }
  const isChanged = (at: number): boolean => traffic[at]?.differing === world.changed;
  return {
    hours: hours.map((own) => own ?? world.hours),
    falselyFailed: [...failedEver].filter((at) => !isChanged(at)).length,
    missed: [...passedEver].filter(isChanged).length,
    found: [...failedEver].filter(isChanged).length,
    differing: 1 - (judged?.parity.rate ?? 1),
    truth: traffic.reduce((sum, { perSecond, differing }) => sum + perSecond * differing, 0) / world.perSecond,
    mean: mirrored / (step * world.stepSeconds),
    most,
  };
}

interface PlannedStep {
  readonly world: SamplingWorld;
  readonly traffic: readonly SimulatedEndpoint[];
  /** At the end of the step before. */
  readonly judged: JudgedCandidate | undefined;
  readonly gate: Gate;
  readonly step: number;
}

/** Plans the shares of a step, from the requests and verdicts before it. */
function plan(
  planner: SharePlanner,
  { world, traffic, judged, gate, step }: PlannedStep,
  random: () => number,
): EndpointShares {
  for (const { name, perSecond } of traffic) {
    const requests = poisson(perSecond * world.stepSeconds, random);
    planner.arrived(0, { route: ROUTE, candidate: "v2", endpoint: name, requests, mirrored: 0 });
  }
  const policy = { sampling: { budget: world.budget, floor: 0.1 }, percent: 100 };
  const report = judged === undefined ? null : reportOf(judged, gate);
  return planner.plan(policy, report, { seconds: world.stepSeconds, now: step * world.stepSeconds * 1_000 });
}

const GATE: Gate = {
  parity: 0.999,
  latencyRatio: 1.1,
  minCompared: 100,
  errorRate: 1,
  minSuccess: 0,
  minEndpoints: 1,
  coverage: [],
  endpoints: [],
};

const NAME = "GET /";

function nameOf(at: number): string {
  return `${NAME}${at}`;
}

interface SimulatedEndpoint {
  readonly name: string;
  readonly perSecond: number;
  /** The chance that a response differs. */
  readonly differing: number;
}

function zipfTraffic({ endpoints, perSecond, unchanged, changed }: SamplingWorld): readonly SimulatedEndpoint[] {
  const weights = Array.from({ length: endpoints }, (_, at) => 1 / (at + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, at) => ({
    name: nameOf(at),
    perSecond: (perSecond * weight) / total,
    differing: at % 10 === 9 ? changed : unchanged,
  }));
}

interface CountedBlock extends BlockExtent {
  /** Compared exchanges and those that differ: themselves, and the requests that they stand for. */
  readonly compared: readonly [count: number, weight: number];
  readonly differing: readonly [count: number, weight: number];
  readonly largestWeight: number;
  readonly block: TimeBlock;
}

const DIFFERENCE: readonly DifferingField[] = [{ section: "body", path: "$.a", kind: "value", mark: "raw" }];
const NO_DIFFERENCE: readonly DifferingField[] = [];

/** What a store keeps of one endpoint. */
class EndpointCounts {
  readonly #endpoint: SimulatedEndpoint;
  readonly #random: () => number;
  #blocks: readonly CountedBlock[] = [];
  #rows: readonly OutcomeRow[] = [];
  #timeBlocks: readonly TimeBlock[] = [];

  constructor(endpoint: SimulatedEndpoint, random: () => number) {
    this.#endpoint = endpoint;
    this.#random = random;
  }

  /** Compares exchanges that arrive at this time. @returns their number */
  compare(seconds: number, count: number, level: number): number {
    if (count === 0) return 0;
    const differing = binomial(count, this.#endpoint.differing, this.#random);
    const weight = 2 ** level;
    const slot = Math.floor(seconds * SLOTS_PER_SECOND);
    const added = { compared: [count, count * weight], differing: [differing, differing * weight], weight } as const;
    this.#blocks = planBlocks(this.#blocks, [slot]).map(({ level: length, first, merged, slots }) => {
      const [only] = merged;
      if (slots.length === 0 && merged.length === 1 && only?.level === length) return only;
      const parts = [...merged, ...(slots.length > 0 ? [{ ...added, largestWeight: weight }] : [])];
      const sum = (name: "compared" | "differing"): readonly [number, number] => [
        parts.reduce((total, part) => total + part[name][0], 0),
        parts.reduce((total, part) => total + part[name][1], 0),
      ];
      const sums = {
        compared: sum("compared"),
        differing: sum("differing"),
        largestWeight: Math.max(...parts.map((part) => part.largestWeight)),
      };
      const extent = { level: length, first };
      return { ...extent, ...sums, block: this.#timeBlock(extent, sums) };
    });
    this.#timeBlocks = this.#blocks.map(({ block }) => block);
    const total = (name: "compared" | "differing"): number =>
      this.#blocks.reduce((all, each) => all + each[name][0], 0);
    this.#rows = this.#outcomes([total("compared"), 0], [total("differing"), 0], false);
    return count;
  }

  outcomes(): PerEndpoint<readonly OutcomeRow[]> {
    return { route: ROUTE, endpoint: this.#endpoint.name, rows: this.#rows };
  }

  blocks(): PerEndpoint<readonly TimeBlock[]> {
    return { route: ROUTE, endpoint: this.#endpoint.name, rows: this.#timeBlocks };
  }

  #timeBlock(
    extent: BlockExtent,
    { compared, differing, largestWeight }: Pick<CountedBlock, "compared" | "differing" | "largestWeight">,
  ): TimeBlock {
    return {
      startedAt: slotStart(extent.first),
      endsAt: slotStart(endOf(extent)),
      outcomes: this.#outcomes(compared, differing, true),
      statuses: [],
      latencies: NO_TIMELINE.totals,
      features: [],
      backToBack: 0,
      largestWeight,
    };
  }

  #outcomes(
    compared: CountedBlock["compared"],
    differing: CountedBlock["differing"],
    isWeighed: boolean,
  ): readonly OutcomeRow[] {
    const shape = {
      route: ROUTE,
      endpoint: this.#endpoint.name,
      candidate: "v2",
      paired: true,
      overflow: false,
      beyondCap: false,
    };
    const row = (count: number, weight: number, fields: readonly DifferingField[]): OutcomeRow => ({
      ...shape,
      fields,
      count,
      ...(isWeighed && { weight }),
    });
    const [count, weight] = [compared[0] - differing[0], compared[1] - differing[1]];
    return [row(count, weight, NO_DIFFERENCE), row(differing[0], differing[1], DIFFERENCE)].filter(
      (each) => each.count > 0,
    );
  }
}

function judge(counts: readonly EndpointCounts[], gate: Gate): JudgedCandidate {
  const seen = counts.map((each) => each.outcomes()).filter(({ rows }) => rows.length > 0);
  const fields = judgeRunFields(
    seen,
    counts.map((each) => each.blocks()),
  );
  const accounting = accountingOf([], seen, false);
  return judgeCandidate({ accounting, hasSecondary: true, latencies: [], statuses: [], failures: [] }, fields, gate);
}

function reportOf({ endpoints }: JudgedCandidate, gate: Gate): Pick<Report, "gate" | "endpoints"> {
  return { gate, endpoints: endpoints.map(({ report }) => ({ ...report, subset: "v2", causes: [], differences: [] })) };
}

/** A Poisson number; beyond a hundred, rounded from a normal one. */
function poisson(mean: number, random: () => number): number {
  if (mean > 100) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normals(random)()));
  const limit = Math.exp(-mean);
  let [number, product] = [0, random()];
  while (product > limit) {
    product *= random();
    number += 1;
  }
  return number;
}

function binomial(trials: number, chance: number, random: () => number): number {
  if (trials * chance > 100) {
    const drawn = trials * chance + Math.sqrt(trials * chance * (1 - chance)) * normals(random)();
    return Math.min(trials, Math.max(0, Math.round(drawn)));
  }
  if (chance === 0) return 0;
  // By the distances between hits (geometric).
  let [hits, at] = [0, 0];
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-chance));
    if (at > trials) return hits;
    hits += 1;
  }
}

/** The means of tenths of the endpoints, from the most frequent to the rarest. */
export function byTenth(runs: readonly SampledRun[]): readonly number[] {
  const [first] = runs;
  if (first === undefined) return [];
  const size = Math.ceil(first.hours.length / 10);
  return Array.from({ length: 10 }, (_, tenth) => {
    const hours = runs.flatMap((run) => run.hours.slice(tenth * size, (tenth + 1) * size));
    return hours.reduce((sum, each) => sum + each, 0) / hours.length;
  });
}
