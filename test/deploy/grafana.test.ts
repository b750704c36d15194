import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DURATION_BUCKETS } from "../../src/telemetry/proxy-metrics.ts";
import { startLoad, type Load } from "../integration/load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { startPrometheus, type Prometheus, type VectorSample } from "../tools/start-prometheus.ts";
import { interpolate, parseLabelValues, readDashboard, type Choice } from "./grafana-dashboard.ts";

/** Longer than four scrape intervals of 1 s, and long enough for two scrapes on a busy machine. */
const RATE_INTERVAL = "20s";
const PATIENCE = { timeout: 30_000, interval: 500 };
/** Every fourth request differs, every fifth is slow, every tenth fails at the candidate. */
const DIFFERS = 4;
const SLOW = 5;
const FAILS = 10;
const FAST_MS = 3;
const SLOW_MS = 60;
const CANDIDATE_EXTRA_MS = 60;

/** A service whose responses and delays depend on the number in the path. */
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

/** Describes the problem with the result of a query; empty if it consists of finite numbers. */
function problemOf(samples: readonly VectorSample[]): string {
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
  /** Stop functions of everything that beforeAll has started, called in reverse order. */
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

  function query(expression: string, choice: Choice): Promise<readonly VectorSample[]> {
    return prometheus.query(interpolate(expression, choice, RATE_INTERVAL));
  }

  async function panel(title: string, choice: Choice): Promise<readonly VectorSample[]> {
    const target = queries.find((each) => each.title === title);
    if (target === undefined) throw new Error(`no panel ${title}`);
    return query(target.expr, choice);
  }

  /** All values of every variable; each query uses the values of the previous variables. */
  async function choices(): Promise<Choice> {
    let chosen: Choice = {};
    for (const { name, query: definition } of templating.list.filter(({ type }) => type === "query")) {
      const { selector, label } = parseLabelValues(typeof definition === "string" ? definition : definition.query);
      const values = await prometheus.labelValues(label, interpolate(selector, chosen, RATE_INTERVAL)).catch(() => []);
      if (values.length === 0) return chosen;
      chosen = { ...chosen, [name]: values };
    }
    return chosen;
  }

  /** Panels whose queries return no data or values that are not finite. */
  async function findProblems(): Promise<string[]> {
    const results = await Promise.all(
      queries.map(async ({ title, refId, expr }) => ({
        title,
        refId,
        problem: problemOf(await query(expr, everything)),
      })),
    );
    return results
      .filter(({ problem }) => problem !== "")
      .map(({ title, refId, problem }) => `${title} ${refId}: ${problem}`);
  }

  async function total(expression: string): Promise<number | undefined> {
    return (await prometheus.query(`sum(${expression})`))[0]?.value;
  }

  /** Counters that must match the report. */
  async function totals(): Promise<Record<string, number | undefined>> {
    return {
      requests: await total("shadowdiff_requests_total"),
      matched: await total('shadowdiff_comparisons_total{result="match"}'),
      differed: await total('shadowdiff_comparisons_total{result="differ"}'),
      failed: await total('shadowdiff_upstream_request_duration_seconds_count{role="candidate",code="500"}'),
      secondary: await total('shadowdiff_upstream_request_duration_seconds_count{role="secondary"}'),
    };
  }

  it("finds values for all variables", async () => {
    await expect
      .poll(choices, PATIENCE)
      .toEqual({ route: ["default"], subset: expect.any(Array), role: ["candidate", "primary", "secondary"] });
    everything = await choices();
    expect(everything["subset"]).toHaveLength(3);
  }, 60_000);

  it("shows finite numbers in every panel", async () => {
    await expect.poll(findProblems, PATIENCE).toEqual([]);
  }, 60_000);

  it("shows only the selected role", async () => {
    for (const role of everything["role"] ?? []) {
      const samples = await panel("p95", { ...everything, role: [role] });
      expect(samples.map(({ metric }) => metric["role"])).toEqual([role]);
    }
  });

  it("shows a p95 within one bucket of the report for every role", async () => {
    const samples = await panel("p95", everything);
    const { latency } = await shadowdiff.report();
    for (const role of ["primary", "candidate", "secondary"] as const) {
      const seconds = samples.find(({ metric }) => metric["role"] === role)?.value ?? Number.NaN;
      const reported = latency[role].p95;
      expect(reported).not.toBeNull();
      expect(Math.abs(bucketOf(seconds) - bucketOf((reported ?? 0) / 1000))).toBeLessThanOrEqual(1);
    }
  });

  it("covers every metric that the alerts use", async () => {
    const alerts = readFileSync(join(import.meta.dirname, "../../deploy/prometheus/alerts.yml"), "utf8");
    const names = [...new Set(alerts.match(/\bshadowdiff_\w+/g))];
    const counted = await Promise.all(
      names.map(async (name) => ({ name, series: await prometheus.query(`count(${name})`) })),
    );
    expect(counted.filter(({ series }) => series.length === 0)).toEqual([]);
    expect(names.length).toBeGreaterThan(3);
  });

  it("matches the counts of the report and of the load at rest", async () => {
    const responses = await load.stop();
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    const { accounting } = await shadowdiff.reportWhere((report) => isAtRest(report, responses.length));
    const differing = responses.filter(({ path }) => {
      const number = Number(path.split("/").at(-1));
      return number % DIFFERS === 0 || number % FAILS === 0;
    });
    expect(accounting).toMatchObject({
      received: responses.length,
      compared: responses.length,
      differed: differing.length,
    });
    await expect.poll(totals, PATIENCE).toEqual({
      requests: responses.length,
      matched: responses.length - differing.length,
      differed: differing.length,
      failed: responses.filter(({ path }) => Number(path.split("/").at(-1)) % FAILS === 0).length,
      secondary: responses.length,
    });
  }, 60_000);
});
