import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DURATION_BUCKETS } from "../../src/telemetry/proxy-metrics.ts";
import { startLoad, type Load } from "../integration/load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { startPrometheus, type Prometheus, type Sample } from "../tools/start-prometheus.ts";
import { interpolate, parseLabelValues, readDashboard, type Choice } from "./grafana-dashboard.ts";

/** Longer than four scrapes of a second, and long enough that a busy machine scrapes twice in it. */
const RATE_INTERVAL = "20s";
const PATIENCE = { timeout: 30_000, interval: 500 };
/** Every fourth request differs, every fifth is slow, every tenth fails at the candidate. */
const DIFFERS = 4;
const SLOW = 5;
const FAILS = 10;
const FAST_MS = 3;
const SLOW_MS = 60;
const CANDIDATE_EXTRA_MS = 60;

/** A service whose answers and delays follow from the number in the path, so that all of them are known. */
function startService(candidate: boolean): Promise<Server> {
  const server = createServer((req, res) => {
    const number = Number(/\d+$/.exec(req.url ?? "")?.[0] ?? 0);
    const slow = number % SLOW === 0;
    const body = { number, wrong: candidate && number % DIFFERS === 0 };
    res.statusCode = candidate && number % FAILS === 0 ? 500 : 200;
    res.setHeader("content-type", "application/json");
    setTimeout(() => res.end(JSON.stringify(body)), (slow ? SLOW_MS : FAST_MS) + (candidate ? CANDIDATE_EXTRA_MS : 0));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The histogram bucket of a duration. */
function bucketOf(seconds: number): number {
  const index = DURATION_BUCKETS.findIndex((bound) => seconds <= bound);
  return index === -1 ? DURATION_BUCKETS.length : index;
}

/** What is wrong with the answer to a panel's query; empty when it has finite numbers only. */
function faultOf(samples: readonly Sample[]): string {
  if (samples.length === 0) return "no data";
  return samples
    .filter(({ value }) => !Number.isFinite(value))
    .map(({ metric, value }) => `${JSON.stringify(metric)} is ${value}`)
    .join(", ");
}

describe("the Grafana dashboard on a real Prometheus that scrapes a real shadowdiff", () => {
  const { panels, templating } = readDashboard();
  const queries = panels.flatMap(({ title, targets }) =>
    (targets ?? []).map(({ expr, refId }) => ({ title, refId, expr })),
  );
  /** What beforeAll has started so far, to be ended in the opposite order. */
  const started: (() => unknown)[] = [];
  let shadowdiff: Shadowdiff;
  let prometheus: Prometheus;
  let load: Load;
  let everything: Choice = {};

  beforeAll(async () => {
    const servers = await Promise.all([startService(false), startService(true), startService(false)]);
    started.push(() => servers.forEach((server) => server.closeAllConnections()));
    const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
    shadowdiff = await startShadowdiff({
      args: ["--primary", primary, "--candidate", candidate, "--secondary", secondary],
    });
    started.push(() => shadowdiff.stop());
    prometheus = await startPrometheus({ target: new URL(shadowdiff.admin).host });
    started.push(() => prometheus.stop());
    load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, 4, 20);
    started.push(() => load.stop());
  }, 60_000);
  afterAll(async () => {
    for (const stop of started.toReversed()) await stop();
  });

  function ask(expression: string, choice: Choice): Promise<readonly Sample[]> {
    return prometheus.query(interpolate(expression, choice, RATE_INTERVAL));
  }

  async function panel(title: string, choice: Choice): Promise<readonly Sample[]> {
    const query = queries.find((candidate) => candidate.title === title);
    if (query === undefined) throw new Error(`no panel ${title}`);
    return ask(query.expr, choice);
  }

  /** Every value of every variable, each asked for with the ones before it filled in. */
  async function choices(): Promise<Choice> {
    let chosen: Choice = {};
    for (const { name, query } of templating.list.filter(({ type }) => type === "query")) {
      const { selector, label } = parseLabelValues(typeof query === "string" ? query : query.query);
      const values = await prometheus.labelValues(label, interpolate(selector, chosen, RATE_INTERVAL)).catch(() => []);
      if (values.length === 0) return chosen;
      chosen = { ...chosen, [name]: values };
    }
    return chosen;
  }

  /** Panels whose queries answer nothing, or something that is no number. */
  async function faults(): Promise<string[]> {
    const answers = await Promise.all(
      queries.map(async ({ title, refId, expr }) => ({ title, refId, fault: faultOf(await ask(expr, everything)) })),
    );
    return answers.filter(({ fault }) => fault !== "").map(({ title, refId, fault }) => `${title} ${refId}: ${fault}`);
  }

  async function total(expression: string): Promise<number | undefined> {
    return (await prometheus.query(`sum(${expression})`))[0]?.value;
  }

  /** The counters that the report must agree with. */
  async function totals(): Promise<Record<string, number | undefined>> {
    return {
      requests: await total("shadowdiff_requests_total"),
      matched: await total('shadowdiff_comparisons_total{result="match"}'),
      differed: await total('shadowdiff_comparisons_total{result="differ"}'),
      failed: await total('shadowdiff_upstream_request_duration_seconds_count{role="candidate",code="500"}'),
      secondary: await total('shadowdiff_upstream_request_duration_seconds_count{role="secondary"}'),
    };
  }

  it("fills its variables in one after the other", async () => {
    await expect
      .poll(choices, PATIENCE)
      .toEqual({ route: ["default"], subset: expect.any(Array), role: ["candidate", "primary", "secondary"] });
    everything = await choices();
    expect(everything["subset"]).toHaveLength(3);
  }, 60_000);

  it("has finite numbers in every panel", async () => {
    await expect.poll(faults, PATIENCE).toEqual([]);
  }, 60_000);

  it("shows one role alone when one is chosen", async () => {
    for (const role of everything["role"] ?? []) {
      const samples = await panel("p95", { ...everything, role: [role] });
      expect(samples.map(({ metric }) => metric["role"])).toEqual([role]);
    }
  });

  it("shows a p95 within one bucket of the report's, for every role", async () => {
    const samples = await panel("p95", everything);
    const { latency } = await shadowdiff.report();
    for (const role of ["primary", "candidate", "secondary"] as const) {
      const seconds = samples.find(({ metric }) => metric["role"] === role)?.value ?? Number.NaN;
      const reported = latency[role].p95;
      expect(reported).not.toBeNull();
      expect(Math.abs(bucketOf(seconds) - bucketOf((reported ?? 0) / 1000))).toBeLessThanOrEqual(1);
    }
  });

  it("knows every metric that the alerts ask for", async () => {
    const alerts = readFileSync(join(import.meta.dirname, "../../deploy/prometheus/alerts.yml"), "utf8");
    const names = [...new Set(alerts.match(/\bshadowdiff_\w+/g))];
    const counted = await Promise.all(
      names.map(async (name) => ({ name, series: await prometheus.query(`count(${name})`) })),
    );
    expect(counted.filter(({ series }) => series.length === 0)).toEqual([]);
    expect(names.length).toBeGreaterThan(3);
  });

  it("counts at rest exactly what the report counts, and what the load sent", async () => {
    const answers = await load.stop();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const { accounting } = await shadowdiff.reportWhere((report) => isAtRest(report, answers.length));
    const differing = answers.filter(({ path }) => {
      const number = Number(path.split("/").at(-1));
      return number % DIFFERS === 0 || number % FAILS === 0;
    });
    expect(accounting).toMatchObject({
      received: answers.length,
      compared: answers.length,
      differed: differing.length,
    });
    await expect.poll(totals, PATIENCE).toEqual({
      requests: answers.length,
      matched: answers.length - differing.length,
      differed: differing.length,
      failed: answers.filter(({ path }) => Number(path.split("/").at(-1)) % FAILS === 0).length,
      secondary: answers.length,
    });
  }, 60_000);
});
