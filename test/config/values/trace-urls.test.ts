import { describe, expect, it } from "vitest";
import { traceUrlTemplate } from "../../../src/config/values/trace-urls.ts";

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
