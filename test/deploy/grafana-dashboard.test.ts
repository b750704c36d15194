import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildDashboard } from "../../deploy/grafana/src/dashboard.ts";
import { createBreakerMetrics } from "../../src/telemetry/breaker-metrics.ts";
import { createEndpointMetrics } from "../../src/telemetry/endpoints/endpoint-metrics.ts";
import { createReportMetrics } from "../../src/telemetry/report-metrics.ts";
import { endpointSearch, latencySearch, rootSearch } from "../../web/src/search-params.ts";
import { followLink, interpolate, parseLabelValues, readDashboard, type Panel } from "./grafana-dashboard.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");

function readYaml(path: string): unknown {
  return parse(readFileSync(join(DEPLOY, path), "utf8")) as unknown;
}

function overlap(a: Panel["gridPos"], b: Panel["gridPos"]): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Of a series, with characters that a URL must escape. */
const LABELS = { endpoint: "GET /a&b/{id}", route: "r/1 ü", candidate: "v+2" };

const SEARCHES: Readonly<Record<string, (raw: Readonly<Record<string, unknown>>) => object>> = {
  "/endpoint": endpointSearch,
  "/latency": latencySearch,
};

describe("the Grafana dashboard", () => {
  const dashboard = readDashboard();
  const charts = dashboard.panels.filter(({ type }) => type !== "row");
  const annotations = dashboard.annotations.list;

  it("is what `npm run grafana` generates", () => {
    expect(JSON.parse(JSON.stringify(buildDashboard()))).toEqual(dashboard);
  });

  it("has a fixed uid and the schema of Grafana 11 or later", () => {
    expect(dashboard.uid).toBe("shadowdiff");
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
  });

  it("has variables for the data source and the dashboard of shadowdiff, and others with multiple selection", () => {
    const variables = dashboard.templating.list;
    expect(variables.map(({ name, type, multi, includeAll }) => ({ name, type, multi, includeAll }))).toEqual([
      { name: "datasource", type: "datasource", multi: false, includeAll: false },
      { name: "instance", type: "query", multi: true, includeAll: true },
      { name: "route", type: "query", multi: true, includeAll: true },
      { name: "candidate", type: "query", multi: true, includeAll: true },
      { name: "subset", type: "query", multi: true, includeAll: true },
      { name: "role", type: "query", multi: true, includeAll: true },
      { name: "shadowdiff", type: "textbox", multi: false, includeAll: false },
    ]);
  });

  it("limits every series of every panel and every mark to the selected instances", () => {
    const queries = [...charts.flatMap(({ targets }) => targets ?? []), ...annotations.map(({ target }) => target)];
    const selectors = queries.flatMap(({ expr }) => expr.match(/shadowdiff_\w+(\{[^}]*\})?/g) ?? []);
    expect(selectors.length).toBeGreaterThan(80);
    expect(selectors.filter((selector) => !selector.includes('instance=~"$instance"'))).toEqual([]);
  });

  it("has panels with unique ids and descriptions that do not overlap", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(charts.filter(({ description }) => (description ?? "") === "")).toEqual([]);
    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
    const covering = panels.flatMap((panel, index) =>
      panels
        .slice(index + 1)
        .filter((other) => overlap(panel.gridPos, other.gridPos))
        .map((other) => `${panel.title} / ${other.title}`),
    );
    expect(covering).toEqual([]);
  });

  it("queries the selected data source in every panel and for every mark", () => {
    expect(charts.filter(({ targets }) => (targets?.length ?? 0) === 0)).toEqual([]);
    const targets = [...charts.flatMap((chart) => chart.targets ?? []), ...annotations.map(({ target }) => target)];
    for (const { datasource } of targets) {
      // oxlint-disable-next-line no-template-curly-in-string -- Grafana syntax
      expect(datasource).toEqual({ type: "prometheus", uid: "${datasource}" });
    }
  });

  it("compares p50, p95 and p99 of the same exchanges by role, candidate and route", () => {
    for (const [title, quantile] of [
      ["p50", "0.5"],
      ["p95", "0.95"],
      ["p99", "0.99"],
    ] as const) {
      const panel = charts.find((chart) => chart.title === title);
      expect(panel?.targets?.map(({ expr }) => expr)).toEqual([
        `histogram_quantile(${quantile}, sum by (le, role, candidate, route) (rate(shadowdiff_compared_request_duration_seconds_bucket{route=~"$route", candidate=~"$candidate", role=~"$role", instance=~"$instance"}[$__rate_interval])))`,
      ]);
    }
  });

  it("shows p50, p95 and p99 of all requests by role and version, with exemplars", () => {
    const panels = charts.filter(({ targets }) => targets?.some(({ exemplar }) => exemplar === true));
    expect(panels.map(({ title }) => title)).toEqual(["All requests, p50", "All requests, p95", "All requests, p99"]);
    for (const { targets } of panels) {
      expect(targets).toHaveLength(1);
      expect(targets?.[0]?.expr).toMatch(
        /^histogram_quantile\(0\.\d+, sum by \(le, role, subset\) \(rate\(shadowdiff_upstream_request_duration_seconds_bucket\{/,
      );
    }
  });

  it("marks runs, changes of the verdict, reloads, pauses and restarts", () => {
    expect(annotations.map(({ name, useValueForTime }) => [name, useValueForTime])).toEqual([
      ["Runs", true],
      ["Verdict changes", false],
      ["Reloads", false],
      ["Pauses", false],
      ["Restarts of threads", false],
    ]);
  });

  it("links to pages that the dashboard of shadowdiff has, with parameters that they read", () => {
    const routes = readFileSync(join(import.meta.dirname, "../../web/src/router.tsx"), "utf8");
    const links = [...dashboard.links, ...charts.flatMap(({ fieldConfig }) => fieldConfig?.defaults.links ?? [])];
    const urls = new Set(links.map(({ url }) => followLink(url ?? "", LABELS)));
    const opened = [...urls]
      .map((url) => new URL(url))
      .filter(({ pathname }) => routes.includes(`path: "${pathname}"`));
    expect(opened).toHaveLength(urls.size);
    const searches = opened.map(({ pathname, searchParams }) => {
      const raw = Object.fromEntries(searchParams);
      const read = { ...rootSearch(raw), ...SEARCHES[pathname]?.(raw) };
      expect({
        pathname,
        ...Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)),
      }).toEqual({ pathname, ...raw });
      return [pathname, raw];
    });
    const { endpoint, route, candidate } = LABELS;
    expect(searches).toContainEqual(["/endpoint", { name: endpoint, route, candidate }]);
    expect(searches).toContainEqual(["/latency", { endpoint, candidate }]);
    expect(searches).toContainEqual(["/", { candidate }]);
    expect(searches).toContainEqual(["/latency", { candidate }]);
  });

  it("shows every gauge of the report, except those about its age", () => {
    const registry = new Registry();
    createReportMetrics(registry, async () => null);
    createEndpointMetrics(registry, { limit: 1, readReports: async () => null, now: () => 0 });
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    const queries = charts.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    expect(names.filter((name) => !queries.some((expr) => expr.includes(`${name}{`)))).toEqual([
      "shadowdiff_run_info",
      "shadowdiff_run_start_time_seconds",
      "shadowdiff_report_timestamp_seconds",
      "shadowdiff_report_build_duration_seconds",
    ]);
  });

  it("divides the durations of the candidate by those of the primary in the same exchanges", () => {
    const ratios = charts.flatMap(({ title, targets }) =>
      title.startsWith("p95, candidate") ? (targets ?? []).map(({ expr }) => expr) : [],
    );
    expect(ratios).toHaveLength(2);
    const names = ratios.flatMap((expr) => expr.match(/shadowdiff_\w+/g) ?? []);
    expect(new Set(names)).toEqual(new Set(["shadowdiff_compared_request_duration_seconds_bucket"]));
  });

  it("shows every metric of the circuit breakers by candidate and route", () => {
    const registry = new Registry();
    createBreakerMetrics(registry, () => []);
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(names).toHaveLength(4);
    const queries = charts.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    const drawn = (name: string): boolean =>
      queries.some((expr) => expr.startsWith("sum by (route, candidate) (") && expr.includes(`${name}{`));
    expect(names.filter((name) => !drawn(name))).toEqual([]);
  });

  it("is provisioned with a link from exemplars to traces, for which Prometheus keeps exemplars", () => {
    const { datasources } = readYaml("grafana/provisioning/datasources/prometheus.yml") as {
      datasources: { jsonData: { exemplarTraceIdDestinations: { name: string; url: string }[] } }[];
    };
    // Provisioning replaces $$ by $.
    expect(datasources[0]?.jsonData.exemplarTraceIdDestinations).toEqual([
      {
        name: "trace_id",
        url: expect.stringMatching(/^http.*\$\$\{__value\.raw\}$/),
        urlDisplayLabel: "Open the trace",
      },
    ]);
    const compose = readFileSync(join(DEPLOY, "../docker-compose.yml"), "utf8");
    expect(compose.match(/--storage\.tsdb\.path/g)).toHaveLength(2);
    expect(compose.match(/--enable-feature=exemplar-storage/g)).toHaveLength(2);
  });

  it("is provisioned with the scrape interval of Prometheus", () => {
    const prometheus = readYaml("prometheus/prometheus.yml") as { global: { scrape_interval: string } };
    expect(readYaml("grafana/provisioning/datasources/prometheus.yml")).toMatchObject({
      apiVersion: 1,
      datasources: [
        { type: "prometheus", isDefault: true, jsonData: { timeInterval: prometheus.global.scrape_interval } },
      ],
    });
    expect(readYaml("grafana/provisioning/dashboards/shadowdiff.yml")).toMatchObject({
      apiVersion: 1,
      providers: [{ type: "file", options: { path: "/var/lib/grafana-dashboards" } }],
    });
  });
});

describe("interpolate", () => {
  it("replaces one value, several values and the rate interval like Grafana", () => {
    const expression = 'rate(x{route=~"$route", role=~"${role}"}[$__rate_interval])';
    expect(interpolate(expression, { route: ["a.b"], role: ["primary", "candidate"] }, "4s")).toBe(
      String.raw`rate(x{route=~"a\\.b", role=~"(primary|candidate)"}[4s])`,
    );
  });

  it("rejects a variable without a value", () => {
    expect(() => interpolate("x{a=~'$gone'}", {}, "4s")).toThrow("$gone has no value");
  });

  it("parses the query of a variable", () => {
    expect(parseLabelValues('label_values(x_count{a=~"$a", b="c"}, role)')).toEqual({
      selector: 'x_count{a=~"$a", b="c"}',
      label: "role",
    });
    expect(() => parseLabelValues("metrics(x)")).toThrow("not a label_values query");
  });
});
