import type { DifferingField, DifferenceMark } from "../../src/model/difference.ts";
import type { Verdict } from "../../src/model/report.ts";
import type { Gate } from "../../src/model/run.ts";
import type { LatencyHistograms, PerEndpoint, OutcomeRow } from "../../src/store/store.ts";
import { fineBucketOf } from "../../src/lib/log-buckets.ts";
import { accountingOf } from "../../src/report/judge/accounting-totals.ts";
import { judgeRunFields } from "../../src/report/judge/field-verdicts.ts";
import { judgeCandidate } from "../../src/report/judge/judge-candidate.ts";
import { judgePlacebo } from "../../src/report/judge/placebo.ts";
import { byEndpoint } from "../report/memory-blocks.ts";
import { latencyTotals } from "../report/memory-reader.ts";
import { normals, randomFor } from "./random.ts";

const GATE: Gate = {
  parity: 0.999,
  latencyRatio: 1.1,
  minCompared: 1000,
  errorRate: 0.001,
  minSuccess: 0.5,
  minEndpoints: 1,
  coverage: [],
  endpoints: [],
};
const ENDPOINTS = 10;
/** Chances that a response differs from the primary's in the noisy fields of every endpoint. */
const NOISE = [0.005, 0.05, 0.5];
const SCATTER = 0.2;
const CHECK_EVERY = 500;

export interface RunWorld {
  /** Chance that a response of the first endpoint differs in one more field. */
  readonly change: number;
  readonly requests: number;
}

/** Shares of runs, and means over them. */
export interface RunShares {
  /** Runs with this verdict at one check at least. */
  readonly failed: number;
  readonly passed: number;
  readonly placeboFailed: number;
  /** Mean of the placebo's false-alarm rates at all checks. */
  readonly falseAlarmRate: number;
}

/** Ten endpoints with three noisy fields each, judged by the production code after every 500 requests. */
export function runShares(world: RunWorld, runs: number, seed: number): RunShares {
  const random = randomFor(seed, `run ${world.change} ${world.requests}`);
  let [failed, passed, placeboFailed, falseAlarmRate] = [0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const counts = new SimulatedCounts(world.change, random);
    const [verdicts, placebos] = [new Set<Verdict>(), new Set<Verdict | undefined>()];
    for (let request = 1; request <= world.requests; request++) {
      counts.countRequest();
      if (request % CHECK_EVERY !== 0) continue;
      const rows = { outcomes: counts.outcomes(), latencies: counts.latencies(), statuses: [], blocks: [] };
      const at = { minute: 0, candidate: "candidate", reason: "", count: request } as const;
      const arrived = [
        { ...at, fate: "received" },
        { ...at, fate: "mirrored" },
      ] as const;
      const accounting = accountingOf(arrived, rows.outcomes, false);
      const fields = judgeRunFields(rows.outcomes, rows.blocks);
      verdicts.add(judgeCandidate({ ...rows, accounting, hasSecondary: true, failures: [] }, fields, GATE).verdict);
      const placebo = judgePlacebo(rows, GATE);
      placebos.add(placebo?.verdict);
      falseAlarmRate += placebo?.falseAlarmRate ?? 0;
    }
    failed += Number(verdicts.has("fail"));
    passed += Number(verdicts.has("pass"));
    placeboFailed += Number(placebos.has("fail"));
  }
  return {
    failed: failed / runs,
    passed: passed / runs,
    placeboFailed: placeboFailed / runs,
    falseAlarmRate: falseAlarmRate / runs / (world.requests / CHECK_EVERY),
  };
}

/** The counts of a store. */
class SimulatedCounts {
  readonly #outcomes = new Map<string, OutcomeRow & { count: number }>();
  readonly #latencies = new Map<string, Parameters<typeof latencyTotals>[0][number] & { count: number }>();
  readonly #change: number;
  readonly #random: () => number;
  readonly #normal: () => number;

  constructor(change: number, random: () => number) {
    this.#change = change;
    this.#random = random;
    this.#normal = normals(random);
  }

  countRequest(): void {
    const index = Math.floor(this.#random() * ENDPOINTS);
    const place = { route: "default", endpoint: `GET /${index}` };
    const fields = NOISE.flatMap((noise, field) => this.#field(`$.noisy${field}`, noise, noise));
    if (index === 0) fields.push(...this.#field("$.changed", this.#change, 0));
    const outcome = { ...place, candidate: "v2", paired: true, fields, overflow: false, beyondCap: false, count: 0 };
    add(this.#outcomes, [index, ...fields.map(({ path, mark }) => path + mark)].join(), outcome);
    for (const series of ["ratio", "bias"] as const) {
      const bucket = fineBucketOf(Math.exp(SCATTER * this.#normal()));
      add(this.#latencies, [index, series, bucket].join(), { ...place, minute: 0, series, bucket, count: 0 });
    }
  }

  outcomes(): readonly PerEndpoint<readonly OutcomeRow[]>[] {
    return byEndpoint([...this.#outcomes.values()]);
  }

  latencies(): readonly PerEndpoint<LatencyHistograms>[] {
    return latencyTotals([...this.#latencies.values()]);
  }

  #field(path: string, raw: number, noise: number): DifferingField[] {
    const [differs, secondaryDiffers] = [this.#random() < raw, this.#random() < noise];
    if (!differs && !secondaryDiffers) return [];
    const mark: DifferenceMark = differs ? (secondaryDiffers ? "both" : "raw") : "noise";
    return [{ section: "body", path, kind: "value", mark }];
  }
}

function add<Row extends { count: number }>(rows: Map<string, Row>, key: string, row: Row): void {
  const known = rows.get(key) ?? row;
  known.count += 1;
  rows.set(key, known);
}
