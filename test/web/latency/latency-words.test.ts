import { describe, expect, it } from "vitest";
import type { LatencyReport } from "../../../src/model/report.ts";
import { latencyView } from "../../../src/report/latency-view.ts";
import { closestNames } from "../../../web/src/latency/closest-names.ts";
import { latencySentence } from "../../../web/src/latency/latency-sentence.ts";
import { measured, memoryReader, RUN } from "../../report/memory-reader.ts";

const { latency } = await latencyView(memoryReader({ minutes: measured("ratio", { 1: 100 }) }), RUN, "v2");

function sentence(parts: Partial<LatencyReport>, hasInterval = true): string {
  return latencySentence({ latency: { ...latency, ...parts }, hasInterval });
}

function ratio(low: number, estimate: number, high: number): Pick<LatencyReport, "ratio"> {
  return { ratio: { low, estimate, high } };
}

describe("latencySentence", () => {
  it("says how a candidate that passes compares with the primary", () => {
    const pass = { verdict: "pass", allowed: 1.1 } as const;
    expect(sentence({ ...pass, ...ratio(0.29, 0.311, 0.33) })).toBe(
      "The candidate is faster: it takes 0.311× as long as the primary (limit 1.1×).",
    );
    expect(sentence({ ...pass, ...ratio(0.98, 1, 1.02) })).toMatch(/^The candidate is as fast: it takes 1×/);
    expect(sentence({ ...pass, ...ratio(1.02, 1.05, 1.08) })).toMatch(/^The candidate is slower within the limits:/);
  });

  it("says why a candidate fails: its median, or its slowest responses", () => {
    const fail = { verdict: "fail", allowed: 1.1, ...ratio(1.5, 1.6, 1.7) } as const;
    expect(sentence({ ...fail, ratioVerdict: "fail" })).toBe(
      "The candidate is slower than allowed: it takes 1.6× as long as the primary (limit 1.1×).",
    );
    expect(sentence({ ...fail, ratioVerdict: "pass" })).toBe("Too many of the candidate's responses are slow.");
  });

  it("says whether more than a few exchanges are missing", () => {
    expect(sentence({ verdict: "inconclusive" })).toMatch(/^It is not certain yet/);
    expect(sentence({ verdict: "inconclusive" }, false)).toMatch(/^Too few exchanges/);
    expect(sentence({ verdict: null })).toMatch(/not judged/);
  });
});

describe("closestNames", () => {
  it("has names that begin with the text before those that contain it as written, and those before others", () => {
    const names = ["DELETE /posts/{id}", "GET /POST", "POST /posts", "POST /posts", "PUT /posts/{id}"];
    expect(closestNames(names, "POST")).toEqual(["POST /posts", "GET /POST", "DELETE /posts/{id}", "PUT /posts/{id}"]);
  });
});
