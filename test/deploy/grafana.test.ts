import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { unreviewedCauses } from "../../src/presentation/verdict/headlines.ts";
import { startLoad, type Load, type LoadResponse } from "../integration/load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { requireTool } from "../tools/require-tool.ts";
import { startPrometheus, type Prometheus, type VectorSample } from "../tools/start-prometheus.ts";
import { ISTIO_VARIABLES, istioQueries } from "./istio-queries.ts";
import { interpolate, parseLabelValues, readDashboard, type Choice } from "./grafana-dashboard.ts";

/** Longer than four scrape intervals of 1 s, and long enough for two scrapes on a busy machine. */
const RATE_INTERVAL = "20s";
/** Longer than the test. Counters begin with 0, so a rate over it is about all requests. */
const ENTIRE_RUN = "30m";
const PATIENCE = { interval: 500 };
/** Of the changed candidate: every fourth response differs, every tenth fails. Of all services: every fifth is slow. */
const DIFFERS = 4;
const SLOW = 5;
const FAILS = 10;
const FAST_MS = 20;
/** Long, so that a pause of a busy machine hardly moves the p95. */
const SLOW_MS = 200;
/** How many times as long the changed candidate takes. */
const SLOWER = 1.5;
/** Of the ratio's histogram, below a factor of 2. */
const BUCKET_WIDTH = 1.04;
const CANDIDATES = ["changed", "same"] as const;
/** Panels about the traffic of all replicas. The others show ratios, or the report that they share. */
const SUMMED: readonly string[] = [
  "Client requests",
  "Durations, primary",
  "Durations, candidate",
  "Comparisons by endpoint",
  "Requests to upstreams",
  "Responses to clients",
  "Comparisons by result",
];
/** Fewer than there are. */
const LISTED_ENDPOINTS = 2;
const ROLES = ["primary", "candidate", "secondary"] as const;

/** Three endpoints, the first of them the busiest. The number decides about the response. */
function pathOf(index: number): string {
  return `/${index % 7 === 6 ? "users" : index % 3 === 0 ? "orders" : "items"}/${index}`;
}

function bodyOf(number: number, changed: boolean): string {
  return JSON.stringify({ number, wrong: changed && number % DIFFERS === 0 });
}

/** A service whose responses and delays depend on the number in the path. */
function startService(changed: boolean): Promise<Server> {
  const server = createServer((req, res) => {
    const number = Number(/\d+$/.exec(req.url ?? "")?.[0] ?? 0);
    const slow = number % SLOW === 0;
    res.statusCode = changed && number % FAILS === 0 ? 500 : 200;
    res.setHeader("content-type", "application/json");
    setTimeout(() => res.end(bodyOf(number, changed)), (slow ? SLOW_MS : FAST_MS) * (changed ? SLOWER : 1));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The values of a query by their labels. */
async function valuesOf(prometheus: Prometheus, expression: string): Promise<ReadonlyMap<string, number>> {
  const samples = await prometheus.query(expression);
  return new Map(samples.map(({ metric, value }) => [JSON.stringify(metric), value]));
}

/** Describes the problem with the result of a query; empty if it consists of finite numbers. */
function problemOf(samples: readonly VectorSample[]): string {
  if (samples.length === 0) return "no data";
  return samples
    .filter(({ value }) => !Number.isFinite(value))
    .map(({ metric, value }) => `${JSON.stringify(metric)} is ${value}`)
    .join(", ");
}

/** The numbers of a report that the gauges have. */
function numbersOf(report: Report) {
  const { verdict, parity, latency, gate, accounting, needed } = report;
  return {
    verdict,
    parity: [parity.rate, parity.low, parity.high, gate.parity],
    compared: accounting.compared,
    needed: needed ?? undefined,
    latency: [latency.ratio?.estimate, latency.ratio?.low, latency.ratio?.high, latency.allowed],
    unreviewed: unreviewedCauses(report).length,
  };
}

describe("the Grafana dashboard on a real Prometheus that scrapes a real shadowdiff", () => {
  const { panels, templating, annotations } = readDashboard();
  const queries = panels.flatMap(({ title, targets }) =>
    (targets ?? []).map(({ expr, refId }) => ({ title, refId, expr })),
  );
  /** Stop functions of everything that beforeAll has started, called in reverse order. */
  const started: (() => unknown)[] = [];
  let shadowdiff: Shadowdiff;
  let prometheus: Prometheus;
  /** Scrapes the same instance under two names, like two replicas with half of the traffic each. */
  let prometheusOfTwo: Prometheus;
  let load: Load;
  let everything: Choice = {};
  let responses: readonly LoadResponse[] = [];

  beforeAll(async () => {
    const servers = await Promise.all([false, true, false, false].map(startService));
    started.push(() => servers.forEach((server) => server.closeAllConnections()));
    const [primary, changed, same, secondary] = servers.map(urlOf) as [string, string, string, string];
    const candidates = ["--candidate", `changed=${changed}`, "--candidate", `same=${same}`];
    const metrics = ["--metrics-endpoints", String(LISTED_ENDPOINTS), "--metrics-istio"];
    shadowdiff = await startShadowdiff({
      args: ["--primary", `old=${primary}`, ...candidates, "--secondary", `twin=${secondary}`, ...metrics],
    });
    started.push(() => shadowdiff.stop());
    prometheus = await startPrometheus({ target: new URL(shadowdiff.admin).host });
    started.push(() => prometheus.stop());
    const { host, port } = new URL(shadowdiff.admin);
    prometheusOfTwo = await startPrometheus({ target: [host, `localhost:${port}`] });
    started.push(() => prometheusOfTwo.stop());
  });
  afterAll(async () => {
    for (const stop of started.toReversed()) await stop();
  });

  function query(expression: string, choice: Choice, interval = RATE_INTERVAL): Promise<readonly VectorSample[]> {
    return prometheus.query(interpolate(expression, choice, interval));
  }

  function panel(title: string, choice: Choice, interval = RATE_INTERVAL): Promise<readonly VectorSample[]> {
    const target = queries.find((each) => each.title === title);
    if (target === undefined) throw new Error(`no panel ${title}`);
    return query(target.expr, choice, interval);
  }

  /** All values of every variable; each query uses the values of the previous variables. */
  async function choices(): Promise<Choice> {
    let chosen: Choice = {};
    for (const { name, query: definition, allValue } of templating.list.filter(({ type }) => type === "query")) {
      const { selector, label } = parseLabelValues(typeof definition === "string" ? definition : definition.query);
      const values = await prometheus.labelValues(label, interpolate(selector, chosen, RATE_INTERVAL)).catch(() => []);
      if (values.length === 0) return chosen;
      chosen = { ...chosen, [name]: allValue === undefined ? values : new RegExp(allValue) };
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

  async function value(expression: string): Promise<number | undefined> {
    return (await prometheus.query(`sum(${expression})`))[0]?.value;
  }

  /** The sum of a metric of Istio for a version, as reported for the server. */
  function istio(metric: string, version: string, more = ""): Promise<number | undefined> {
    return value(`istio_${metric}{reporter="destination", destination_version="${version}"${more}}`);
  }

  /** Compared exchanges of the changed candidate by endpoint. @param result `match` or `differ` */
  async function comparedBy(result: string): Promise<ReadonlyMap<string | undefined, number>> {
    const labels = `candidate="changed", route="default", result="${result}"`;
    const samples = await prometheus.query(`shadowdiff_endpoint_comparisons_total{${labels}}`);
    return new Map(samples.map((each) => [each.metric["endpoint"], each.value]));
  }

  function reportOn(candidate: string): Promise<Report> {
    return shadowdiff.get<Report>(`/api/v1/report?candidate=${candidate}`);
  }

  async function totals(): Promise<Record<string, number | undefined>> {
    return {
      requests: await value("shadowdiff_requests_total"),
      matched: await value('shadowdiff_comparisons_total{candidate="changed",result="match"}'),
      differed: await value('shadowdiff_comparisons_total{candidate="changed",result="differ"}'),
      failed: await value('shadowdiff_upstream_request_duration_seconds_count{subset="changed",code="500"}'),
      secondary: await value('shadowdiff_upstream_request_duration_seconds_count{role="secondary"}'),
      measured: await value('shadowdiff_compared_request_duration_seconds_count{candidate="changed",role="primary"}'),
    };
  }

  /** The same as `numbersOf`, from Prometheus. */
  async function gaugesOf(candidate: string): Promise<ReturnType<typeof numbersOf>> {
    const all = (names: readonly string[]): Promise<(number | undefined)[]> =>
      Promise.all(names.map((name) => value(`shadowdiff_${name}{candidate="${candidate}"}`)));
    const [verdict] = await prometheus.query(`shadowdiff_verdict{candidate="${candidate}"} == 1`);
    const [compared, needed, unreviewed] = await all(["compared_exchanges", "needed_exchanges", "unreviewed_causes"]);
    return {
      verdict: verdict?.metric["verdict"] as Report["verdict"],
      parity: (await all([
        "parity_ratio",
        "parity_low_ratio",
        "parity_high_ratio",
        "parity_required_ratio",
      ])) as number[],
      compared: compared as number,
      needed,
      latency: await all(["latency_ratio", "latency_low_ratio", "latency_high_ratio", "latency_allowed_ratio"]),
      unreviewed: unreviewed as number,
    };
  }

  /** The marks of a name over the entire run. */
  function marks(name: string): Promise<readonly VectorSample[]> {
    const mark = annotations.list.find((each) => each.name === name);
    return query(mark?.target.expr ?? "", everything, ENTIRE_RUN);
  }

  async function pause(paused: boolean): Promise<void> {
    const { ok } = await fetch(`${shadowdiff.admin}/api/v1/control/mirroring`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ paused }),
    });
    expect(ok).toBe(true);
  }

  it("has the series of both candidates before the first request, so that rates include it", async () => {
    await expect
      .poll(async () => (await prometheus.query("shadowdiff_exchange_latency_ratio_count == 0")).length, PATIENCE)
      .toBe(2);
    load = startLoad(shadowdiff.proxy, pathOf, 6, 20);
    started.push(() => load.stop());
  });

  it("finds values for all variables", async () => {
    const subsets = CANDIDATES.length + 2;
    await expect
      .poll(async () => {
        everything = await choices();
        return { ...everything, subset: (everything["subset"] as readonly string[] | undefined)?.length };
      }, PATIENCE)
      .toEqual({
        instance: /.+/,
        route: ["default"],
        candidate: CANDIDATES,
        subset: subsets,
        role: ROLES.toSorted(),
      });
  });

  it("shows finite numbers in every panel", async () => {
    await expect.poll(findProblems, PATIENCE).toEqual([]);
  });

  it("shows only the selected role and candidate", async () => {
    for (const role of ROLES) {
      const samples = await panel("p95", { ...everything, role: [role], candidate: ["same"] });
      expect(samples.map(({ metric }) => [metric["role"], metric["candidate"]])).toEqual([[role, "same"]]);
    }
  });

  it("shows only the selected instance", async () => {
    const { host } = new URL(shadowdiff.admin);
    const [all, one, other] = await Promise.all(
      [/.+/, [host], ["elsewhere:1"]].map((instance) => panel("p95", { ...everything, instance })),
    );
    expect([all?.length, one?.length, other?.length]).toEqual([6, 6, 0]);
  });

  it("lists versions and routes as workloads and services in the dashboards of Istio, and fills their panels", async () => {
    const values = await Promise.all(
      Object.values(ISTIO_VARIABLES).map(async (variable) =>
        (await prometheus.query(variable.query)).map(({ metric }) => metric[variable.label] ?? "").toSorted(),
      ),
    );
    expect(values).toEqual([["default"], ["changed", "old", "same", "twin"]]);
    const queriesOfAll = ["changed", "old"].flatMap((workload) => istioQueries("default", workload));
    const empty = async (): Promise<readonly string[]> => {
      const problems = await Promise.all(queriesOfAll.map(async (each) => problemOf(await prometheus.query(each))));
      return queriesOfAll.filter((_, index) => problems[index] !== "");
    };
    await expect.poll(empty, PATIENCE).toEqual([]);
  });

  it("covers every metric that the alerts use", async () => {
    const alerts = readFileSync(join(import.meta.dirname, "../../deploy/prometheus/alerts.yml"), "utf8");
    const names = [...new Set(alerts.match(/\bshadowdiff_\w+/g))]
      .filter((name) => !alerts.includes(`${name} tells`))
      // Only replicas of a shared store have it.
      .filter((name) => name !== "shadowdiff_replica_config_differs" && name !== "shadowdiff_replicas");
    const counted = await Promise.all(
      names.map(async (name) => ({ name, series: await prometheus.query(`count(${name})`) })),
    );
    expect(counted.filter(({ series }) => series.length === 0)).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });

  it("has only metrics that promtool finds well-formed and docs/metrics.md explains", async () => {
    const text = await (await fetch(`${shadowdiff.admin}/metrics`)).text();
    const { stdout, stderr } = spawnSync(requireTool("promtool"), ["check", "metrics"], {
      input: text,
      encoding: "utf8",
    });
    // The names of Istio are what they are.
    expect(`${stdout}${stderr}`).toBe(
      'istio_request_duration_milliseconds use base unit "seconds" instead of "milliseconds"\n',
    );
    const explained = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "");
    expect(names.filter((name) => !explained.includes(`\`${name}\``))).toEqual([]);
    expect(names.length).toBeGreaterThan(40);
  });

  it("matches the counts of the report and of the load at rest", async () => {
    responses = await load.stop();
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    for (const candidate of CANDIDATES) {
      await expect.poll(async () => isAtRest(await reportOn(candidate), responses.length), PATIENCE).toBe(true);
    }
    const { accounting } = await reportOn("changed");
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
      measured: responses.length,
    });
  });

  it("has the counts of the busiest endpoints, and those of the others together", async () => {
    const { endpoints } = await reportOn("changed");
    expect(endpoints).toHaveLength(LISTED_ENDPOINTS + 1);
    await expect
      .poll(async () => [...(await comparedBy("match")).values()].reduce((sum, each) => sum + each, 0), PATIENCE)
      .toBe(endpoints.reduce((sum, { matched }) => sum + matched, 0));
    const [matched, differed] = await Promise.all(["match", "differ"].map(comparedBy));
    expect([...(matched?.keys() ?? [])]).toHaveLength(LISTED_ENDPOINTS + 1);
    const others = endpoints.filter(({ endpoint }) => matched?.has(endpoint) !== true);
    expect(others).toHaveLength(1);
    const [other] = others;
    for (const { endpoint, ...counts } of [
      ...endpoints.filter((each) => each !== other),
      { ...other, endpoint: "(other)" },
    ]) {
      expect([endpoint, matched?.get(endpoint), differed?.get(endpoint)]).toEqual([
        endpoint,
        counts.matched,
        counts.differed,
      ]);
    }
  });

  it("has parity, latency ratio and p95 of the busiest endpoints exactly", async () => {
    const { endpoints } = await reportOn("changed");
    const busiest = endpoints.toSorted((one, other) => other.compared - one.compared).slice(0, LISTED_ENDPOINTS);
    const expected = busiest.map(({ endpoint, parity, latency }) => [
      endpoint,
      parity.rate,
      latency.ratio?.estimate,
      ...ROLES.map((role) => (latency[role].p95 ?? Number.NaN) / 1000),
    ]);
    const read = (): Promise<readonly (readonly (string | number | undefined)[])[]> =>
      Promise.all(
        busiest.map(async ({ endpoint }) => {
          const of = (name: string, more = ""): Promise<number | undefined> =>
            value(`shadowdiff_endpoint_${name}{candidate="changed",endpoint="${endpoint}"${more}}`);
          const quantiles = ROLES.map((role) => of("p95_seconds", `,role="${role}"`));
          return [endpoint, await of("parity_ratio"), await of("latency_ratio"), ...(await Promise.all(quantiles))];
        }),
      );
    await expect.poll(read, PATIENCE).toEqual(expected);
    expect(await value('count(shadowdiff_endpoint_parity_ratio{candidate="changed"})')).toBe(LISTED_ENDPOINTS);
  });

  it("has the same counts, durations and bytes under the names of Istio", async () => {
    for (const subset of ["old", "changed"]) {
      const own = (suffix: string, more = ""): Promise<number | undefined> =>
        value(`shadowdiff_upstream_request_duration_seconds_${suffix}{subset="${subset}"${more}}`);
      const [count, seconds, failed] = await Promise.all([own("count"), own("sum"), own("count", ', code="500"')]);
      expect(count).toBe(responses.length);
      expect(await istio("requests_total", subset)).toBe(count);
      expect(await istio("requests_total", subset, ', response_code="500"')).toBe(failed);
      expect(await istio("request_duration_milliseconds_sum", subset)).toBeCloseTo((seconds ?? 0) * 1000, 3);
      expect(await istio("request_bytes_sum", subset)).toBe(0);
      const bodies = responses.map(({ path }) => bodyOf(Number(path.split("/").at(-1)), subset === "changed").length);
      expect(await istio("response_bytes_sum", subset)).toBe(bodies.reduce((total, length) => total + length, 0));
    }
  });

  it("has verdict, parity, latency ratio and the other numbers of the report exactly", async () => {
    for (const candidate of CANDIDATES) {
      const expected = numbersOf(await reportOn(candidate));
      await expect.poll(() => gaugesOf(candidate), PATIENCE).toEqual(expected);
    }
    expect((await gaugesOf("changed")).verdict).toBe("fail");
    expect((await gaugesOf("same")).needed).toBeGreaterThan(0);
    const shown = await panel("Verdict", everything);
    expect(Object.fromEntries(shown.map((each) => [each.metric["candidate"], each.value]))).toEqual({
      changed: 0,
      same: 1,
    });
  });

  it("shows a p95 within 10% of the report for every role", async () => {
    for (const candidate of CANDIDATES) {
      const { latency } = await reportOn(candidate);
      const samples = await panel("p95", { ...everything, candidate: [candidate] }, ENTIRE_RUN);
      const ratios = ROLES.map((role) => {
        const seconds = samples.find(({ metric }) => metric["role"] === role)?.value ?? Number.NaN;
        return { role, ratio: (seconds * 1000) / (latency[role].p95 ?? Number.NaN) };
      });
      expect(ratios.filter(({ ratio }) => !(Math.abs(ratio - 1) < 0.1))).toEqual([]);
    }
  });

  it("marks the start of the run, changes of its verdict, and a pause while it lasts", async () => {
    const { run } = await reportOn("same");
    expect(await marks("Runs")).toEqual([{ metric: { run: run.id, name: run.name }, value: run.startedAt }]);
    const changes = await marks("Verdict changes");
    expect(changes.map(({ metric }) => metric)).toEqual([{ candidate: "changed", verdict: "fail" }]);
    expect(await Promise.all(["Reloads", "Pauses", "Restarts of threads"].map(marks))).toEqual([[], [], []]);
    await pause(true);
    await expect.poll(() => marks("Pauses"), PATIENCE).toEqual([{ metric: {}, value: 1 }]);
    await pause(false);
    await expect.poll(() => marks("Pauses"), PATIENCE).toEqual([]);
  });

  it("shows the latency ratio within the interval of the report, and that of the latest exchanges within a bucket of it", async () => {
    for (const candidate of CANDIDATES) {
      const choice = { ...everything, candidate: [candidate] };
      const { ratio } = (await reportOn(candidate)).latency;
      const [low, high] = [ratio?.low ?? Number.NaN, ratio?.high ?? Number.NaN];
      const [ofRun] = await panel("Latency ratio", choice);
      expect(ofRun?.value).toBeGreaterThanOrEqual(low);
      expect(ofRun?.value).toBeLessThanOrEqual(high);
      const [latest] = await panel("Latency ratio, latest exchanges", choice, ENTIRE_RUN);
      expect(latest?.value).toBeGreaterThan(low / BUCKET_WIDTH);
      expect(latest?.value).toBeLessThan(high * BUCKET_WIDTH);
    }
  });

  it("shows the same for two replicas, and the sum of their traffic", async () => {
    const inside = panels.findIndex(({ title }) => title === "Inside shadowdiff");
    // A quantile in a wide bucket moves with a few requests, and both have scraped these series from another request on.
    const wide = panels.filter(({ title }) => title.startsWith("All requests"));
    const others = new Set([...wide, ...panels.slice(inside)].map(({ title }) => title));
    const compared = async () => {
      const factors = new Map<string, number[]>();
      const relabeled: string[] = [];
      for (const { title, expr } of queries) {
        const expression = interpolate(expr, everything, ENTIRE_RUN);
        const [one, two] = await Promise.all([valuesOf(prometheus, expression), valuesOf(prometheusOfTwo, expression)]);
        if (!isDeepStrictEqual([...two.keys()].toSorted(), [...one.keys()].toSorted())) relabeled.push(title);
        const changed = [...one]
          .filter(([, value]) => value !== 0)
          .map(([labels, value]) => (two.get(labels) ?? 0) / value);
        factors.set(title, [...(factors.get(title) ?? []), ...changed]);
      }
      const about = (factor: number) => (title: string) =>
        factors.get(title)?.every((each) => Math.abs(each / factor - 1) < 0.1) === true;
      const titles = [...factors.keys()].filter((title) => !others.has(title) && factors.get(title)?.length !== 0);
      return { relabeled, changed: titles.filter((title) => !about(1)(title)), doubled: titles.filter(about(2)) };
    };
    // Counts of endpoints follow the report, which is built less often on a busy machine.
    await expect.poll(compared, PATIENCE).toEqual({ relabeled: [], changed: SUMMED, doubled: SUMMED });
  });
});
