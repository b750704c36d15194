import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, nat, property } from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { seeded } from "../lib/seeded.ts";
import { createLatency } from "./latency-model.ts";
import { createNoise } from "./noisy-body.ts";
import { runTwins, type RunResult } from "./one-run.ts";
import { createBursts } from "./own-randomness.ts";
import { KINDS, keyOf, planRuns } from "./run-plan.ts";
import { kindTable, missedGoals, summaryTable } from "./run-summary.ts";
import { findingsOf, type SeenReport } from "./seen-report.ts";
import { LATENCY_KINDS, NOISE_KINDS } from "./server-config.ts";
import { MODES } from "./target-program.ts";
import { PACINGS } from "./traffic.ts";

const ROOT = join(import.meta.dirname, "../..");
const EVERYTHING = { kinds: KINDS, modes: MODES, pacings: PACINGS };

const RESULT: RunResult = {
  kind: "latency:gc",
  mode: "secondary",
  pacing: "paced",
  seed: 1,
  verdict: "pass",
  looks: 11,
  failedAt: null,
  findings: [],
  reasons: [],
  placeboFailed: false,
  ratio: [1.01, 0.98, 1.04],
  compared: 1_500,
  sent: 1_500,
  failedRequests: 0,
  seconds: 12,
  machineLoad: 2,
};
const FAILED: RunResult = { ...RESULT, verdict: "fail", failedAt: 300, findings: ["latency"], ratio: [1.3, 1.2, 1.4] };

describe("the plan of the runs", () => {
  it("gives every mode and pacing the same number of runs, and each run a seed of its own", () => {
    const plan = planRuns(EVERYTHING, 60, 7);
    const cells = MODES.flatMap((mode) =>
      PACINGS.map((pacing) => plan.filter((run) => run.mode === mode && run.pacing === pacing)),
    );
    expect(cells.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10, 10]);
    expect(new Set(plan.map(({ seed }) => seed)).size).toBe(60);
    expect(new Set(plan.map(keyOf)).size).toBe(60);
  });

  it("runs every kind once in every mode and pacing before it repeats one", () => {
    const plan = planRuns(EVERYTHING, KINDS.length * MODES.length * PACINGS.length, 7);
    expect(new Set(plan.map(({ kind, mode, pacing }) => `${kind} ${mode} ${pacing}`)).size).toBe(plan.length);
  });

  it("continues a shorter plan with the same seed", () => {
    assert(
      property(nat(50), nat(50), nat(1_000), (runs, more, seed) => {
        expect(planRuns(EVERYTHING, runs + more, seed).slice(0, runs)).toEqual(planRuns(EVERYTHING, runs, seed));
      }),
    );
  });
});

describe("the summary", () => {
  it("counts verdicts, causes, placebos and intervals per mode and pacing, with Wilson's interval", () => {
    const keys = {
      ...FAILED,
      mode: "neither",
      placeboFailed: null,
      findings: ["field body $.map.aX", "field body $.map.bY"],
    } as const;
    const lines = summaryTable([
      RESULT,
      { ...RESULT, verdict: "inconclusive", placeboFailed: true },
      FAILED,
      keys,
    ]).split("\n");
    expect(lines.slice(2)).toEqual([
      "| secondary | paced | 3 | 1 (6.1 – 79.2%) | 1 | 1 | latency ×1 | 1 of 3 | 2 of 3 |",
      "| neither | paced | 1 | 1 (20.7 – 100%) | 0 | 0 | field body $.map ×1 | – | 0 of 1 |",
      "| all |  | 4 | 2 (15 – 85%) | 1 | 1 | latency ×1, field body $.map ×1 | 1 of 3 | 2 of 4 |",
    ]);
  });

  it("lists the kinds that failed", () => {
    const lines = kindTable([RESULT, FAILED, { ...RESULT, kind: "noise:uuid" }]).split("\n");
    expect(lines.slice(2)).toEqual(["| latency:gc | 1/2 |  |  |  |  |  |"]);
    expect(kindTable([RESULT])).toBe("No kind failed.");
  });

  it("misses a goal when more than 5 of 100 runs of a mode fail", () => {
    const passing = Array.from({ length: 95 }, () => RESULT);
    const failing = Array.from({ length: 5 }, () => FAILED);
    expect(missedGoals([...passing, ...failing])).toEqual([]);
    expect(missedGoals([...passing.slice(1), ...failing, FAILED])).toEqual([
      "secondary: 6 of 100 runs failed; the goal is at most 5",
    ]);
  });
});

describe("findings", () => {
  const calm = { latency: { verdict: "pass", ratio: null }, errors: { verdict: "pass" } } as const;
  const report = (parts: Partial<SeenReport>, endpoint: Partial<SeenReport["endpoints"][number]> = {}): SeenReport => ({
    run: { id: "1" },
    verdict: "fail",
    reasons: [],
    accounting: { received: 0, mirrored: 0, compared: 0, skipped: {} },
    parityVerdict: "pass",
    placebo: null,
    ...calm,
    endpoints: [
      { endpoint: "GET /a", verdict: "fail", statusFlips: [], causes: [], differences: [], ...calm, ...endpoint },
    ],
    ...parts,
  });

  it("names real fields that no rule hides, and statuses from and to", () => {
    const differences = [
      { section: "status", path: "", verdict: "real", rule: null },
      { section: "body", path: "$.price", verdict: "real", rule: null },
      { section: "body", path: "$.price", verdict: "real", rule: null },
      { section: "body", path: "$.at", verdict: "noise", rule: null },
      { section: "body", path: "$.id", verdict: "real", rule: "ids" },
    ];
    const found = findingsOf(report({}, { differences, statusFlips: [{ primary: 200, candidate: 404 }] }));
    expect(found).toEqual(["status 200→404", "field body $.price"]);
  });

  it("names latency, tail and errors of the run or of an endpoint", () => {
    const slow = { verdict: "fail", ratio: null } as const;
    expect(findingsOf(report({ latency: slow }))).toEqual(["latency"]);
    const tails = [0.95, 0.99].map((quantile) => ({ quantile, verdict: "fail" }) as const);
    expect(findingsOf(report({}, { latency: { ...slow, ratioVerdict: "pass", tails } }))).toEqual([
      "tail p95",
      "tail p99",
    ]);
    expect(findingsOf(report({ errors: { verdict: "fail" } }))).toEqual(["errors"]);
    expect(findingsOf(report({}))).toEqual(["parity"]);
    expect(findingsOf(report({ verdict: "inconclusive", latency: slow }))).toEqual([]);
  });
});

describe("the servers", () => {
  it("bursts are on for as long as they are, and off in between", () => {
    const isOn = createBursts({ meanGapMs: 900, shortestMs: 100, longestMs: 100 }, seeded(1));
    const on = Array.from({ length: 100_000 }, (_, at) => isOn(at)).filter(Boolean).length;
    expect(on / 100_000).toBeGreaterThan(0.07);
    expect(on / 100_000).toBeLessThan(0.13);
  });

  it.each(LATENCY_KINDS)("latency %s: finite, and of the same distribution on two servers", (kind) => {
    const medians = [1, 2].map((own) => {
      let now = 0;
      const latency = createLatency(kind, { own: seeded(own), shared: seeded(3), now: () => now });
      const delays = Array.from({ length: 20_001 }, (_, index) => {
        now = index * 10;
        const { waitMs, busyMs } = latency(`/items/${index % 500}`);
        return waitMs + busyMs;
      });
      expect(delays.every((ms) => ms >= 0 && Number.isFinite(ms))).toBe(true);
      return delays.sort((a, b) => a - b)[10_000] ?? 0;
    });
    expect(medians[0]).toBeCloseTo(medians[1] ?? 0, 0);
  });

  it.each(NOISE_KINDS)("noise %s: two servers disagree on some paths, and agree without the noise", (kind) => {
    const [one, other] = [1, 2].map((own) =>
      createNoise(kind, 0, { own: seeded(own), shared: seeded(3), now: clock(own) }),
    );
    const bodyOf = (server: typeof one, path: string): string => {
      const { document, write, headers } = server?.(path) ?? {};
      const body = write?.(document ?? {}) ?? "";
      return body + JSON.stringify(headers?.(body));
    };
    const differ = (path: string): boolean => bodyOf(one, path) !== bodyOf(other, path);
    const inputs = Array.from({ length: 3_000 }, (_, index) => index);
    expect(inputs.some((input) => differ(`/items/${input}`))).toBe(true);
    expect(inputs.some((input) => differ(`/search/${input}`))).toBe(false);
  });
});

/** Advances by a random time with each look, so that two servers never share a millisecond for long. */
function clock(seed: number): () => number {
  const random = seeded(seed);
  let now = 1_000_000;
  return () => (now += random() * 20);
}

describe("a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "aa-test-"));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmdirSync(folder);
  });

  it("compares identical servers, and leaves no file behind", async () => {
    vi.stubEnv("TMPDIR", folder);
    const planned = { kind: "noise:time", mode: "secondary", pacing: "closed", seed: 1 } as const;
    const size = { requests: 300, rate: 0, seconds: 3, gateParity: 0.9 };
    const result = await runTwins(planned, size, ROOT, new AbortController().signal);
    expect(result).toMatchObject({ ...planned, sent: result.compared, failedRequests: 0 });
    expect(result.compared).toBeGreaterThan(0);
    expect(result.reasons).not.toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
