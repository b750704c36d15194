import { describe, expect, it } from "vitest";
import { renderText } from "../../../../src/report/render/text/render-text.ts";
import { endpoint, reportOfCounts } from "../../counted-report.ts";

async function textOf(...counted: Parameters<typeof reportOfCounts>): Promise<string> {
  return renderText(await reportOfCounts(...counted), { color: false, diffy: false });
}

/** Half of the responses are too slow. */
const UNDECIDED = { 1: 3500, 1.2: 3570 };
const SLOW = { 3: 7070 };
const END = "without a difference, it does not block the run";

function legendOf(text: string): string {
  const [, legend = ""] = /\n {2}(\? inconclusive: [^]*?)\n(?:\n|$)/.exec(text) ?? [];
  return legend.replaceAll(/\s+/g, " ");
}

describe("the legend of inconclusive endpoints", () => {
  it("names too few responses", async () => {
    const text = await textOf([endpoint("GET /few", 1, { 1.2: 1 })]);
    expect(legendOf(text)).toBe(`? inconclusive: too few responses to judge the endpoint on its own; ${END}`);
  });

  it("names an undecided latency if there are enough responses", async () => {
    const text = await textOf([endpoint("GET /slow", 7070, UNDECIDED)]);
    expect(text).toContain("\n  ? GET /slow ");
    expect(legendOf(text)).toBe(`? inconclusive: undecided latency; ${END}`);
  });

  it("names both", async () => {
    const text = await textOf([endpoint("GET /few", 1), endpoint("GET /slow", 7070, UNDECIDED)]);
    const both = "undecided latency, or too few responses to judge the endpoint on its own";
    expect(legendOf(text)).toBe(`? inconclusive: ${both}; ${END}`);
  });
});

function latencyLine(text: string): string | undefined {
  return /^ {2}(\S latency ratio.*)$/m.exec(text)?.[1];
}

describe("the latency ratio of the gate", () => {
  const fast = endpoint("GET /fast", 7070, { 1: 7070 });
  const slow = endpoint("GET /slow", 7070, SLOW);

  it("is inconclusive where nothing was measured", async () => {
    expect(latencyLine(await textOf([endpoint("GET /a", 1)]))).toBe("? latency ratio ≤ 1.1×            –");
  });

  it("is judged per endpoint where each endpoint has its own ratio, and is met when no endpoint exceeds it", async () => {
    const own = [{ endpoint: "GET /fast", latencyRatio: 2 }];
    expect(latencyLine(await textOf([fast], own))).toMatch(/^✓ latency ratio per endpoint {6}1(?:\.\d+)?× \(/);
    expect(latencyLine(await textOf([fast, slow], own))).toMatch(/^✗ latency ratio ≤ 1\.1× /);
    const both = [...own, { endpoint: "GET /slow", latencyRatio: 2 }];
    expect(latencyLine(await textOf([fast, slow], both))).toMatch(/^✗ latency ratio per endpoint /);
  });
});

describe("a single response", () => {
  it("is described in the singular", async () => {
    const text = await textOf([endpoint("GET /one", 1, { 1.2: 1 })]);
    const lines = text.replaceAll(/\n {4,}/g, " ");
    expect(lines).toContain("all responses came at one moment; a longer run is needed");
    expect(lines).not.toMatch(/\b1 (?:responses|pairs|requests|compared responses)\b/);
  });
});
