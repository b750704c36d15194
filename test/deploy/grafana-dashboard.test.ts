import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createBreakerMetrics } from "../../src/telemetry/breaker-metrics.ts";
import { createReportMetrics } from "../../src/telemetry/report-metrics.ts";
import { interpolate, parseLabelValues, readDashboard, type Panel } from "./grafana-dashboard.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");

function readYaml(path: string): unknown {
  return parse(readFileSync(join(DEPLOY, path), "utf8")) as unknown;
}

function overlap(a: Panel["gridPos"], b: Panel["gridPos"]): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe("the Grafana dashboard", () => {
  const dashboard = readDashboard();
  const charts = dashboard.panels.filter(({ type }) => type !== "row");

  it("has a fixed uid and the schema of Grafana 11 or later", () => {
    expect(dashboard.uid).toBe("shadowdiff");
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
  });

  it("has variables for the data source, and for route, candidate, subset and role with multiple selection", () => {
    const variables = dashboard.templating.list;
    expect(variables.map(({ name, type, multi, includeAll }) => ({ name, type, multi, includeAll }))).toEqual([
      { name: "datasource", type: "datasource", multi: false, includeAll: false },
      { name: "route", type: "query", multi: true, includeAll: true },
      { name: "candidate", type: "query", multi: true, includeAll: true },
      { name: "subset", type: "query", multi: true, includeAll: true },
      { name: "role", type: "query", multi: true, includeAll: true },
    ]);
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

  it("queries the selected data source in every panel", () => {
    expect(charts.filter(({ targets }) => (targets?.length ?? 0) === 0)).toEqual([]);
    for (const { datasource } of charts.flatMap(({ targets }) => targets ?? [])) {
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
        `histogram_quantile(${quantile}, sum by (le, role, candidate, route) (rate(shadowdiff_compared_request_duration_seconds_bucket{route=~"$route", candidate=~"$candidate", role=~"$role"}[$__rate_interval])))`,
      ]);
    }
  });

  it("shows every gauge of the report, except those about its age", () => {
    const registry = new Registry();
    createReportMetrics(registry, async () => null);
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
