import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import { collectorUrl, traceUrlTemplate } from "../../../src/config/values/trace-urls.ts";

describe("the URL of a collector", () => {
  it.each([
    ["http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"],
    ["https://collector.example/", "https://collector.example/v1/traces"],
    ["https://gateway.example/otlp/v1/traces", "https://gateway.example/otlp/v1/traces"],
    ["environment", undefined],
  ])("%s", (written, url) => {
    expect(collectorUrl.parse(written)).toEqual({ value: { url } });
  });

  it.each([
    ["127.0.0.1:4318", '"127.0.0.1:4318" is not the URL of a collector'],
    ["grpc://127.0.0.1:4317", '"grpc://127.0.0.1:4317" is not the URL of a collector'],
    ["https://me:secret@collector.example", "the URL has a user name or a password"],
    ["https://collector.example/?key=secret", "the URL has a query or a fragment"],
  ])("%s is rejected", (written, problem) => {
    expect(collectorUrl.parse(written)).toEqual({ problem });
  });

  it("is needed for a sample rate", () => {
    const flags = { primary: "http://127.0.0.1:1", candidate: ["http://127.0.0.1:2"], tracingSampleRate: "0.1" };
    const problem = "--tracing-sample-rate: has no effect without otlp, the collector that receives the spans";
    expect(() => loadConfig({ flags, env: {} })).toThrow(problem);
    const { tracing } = loadConfig({ flags: { ...flags, tracingOtlp: "environment" }, env: {} });
    expect(tracing).toMatchObject({ otlp: { url: undefined }, sampleRate: 0.1 });
  });
});

describe("the URL of a trace", () => {
  it.each([
    "https://jaeger.example/trace/{traceId}",
    "http://[::1]:16686/trace/{traceId}?uiFind={traceId}",
    "https://ui.honeycomb.io/team/environments/prod/trace?trace_id={traceId}",
    'https://grafana.example/explore?schemaVersion=1&panes={"a":{"queries":[{"query":"{traceId}"}]}}',
  ])("%s", (template) => {
    expect(traceUrlTemplate.parse(template)).toEqual({ value: template });
    expect(template).toMatch(new RegExp(String(traceUrlTemplate.json["pattern"])));
  });

  it.each([
    ["https://jaeger.example/trace", "the URL does not contain {traceId}"],
    ["jaeger.example/{traceId}", '"jaeger.example/{traceId}" is not a URL'],
    // A link in the dashboard must not run a script.
    ["javascript:alert('{traceId}')", `"javascript:alert('{traceId}')" is not a URL`],
    [7, "7 is not a URL"],
  ])("%s is rejected", (template, problem) => {
    expect(traceUrlTemplate.parse(template)).toEqual({ problem });
  });
});
