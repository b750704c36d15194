import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BusiestEndpoints } from "../../../src/telemetry/endpoints/busiest-endpoints.ts";
import { EndpointTally, type EndpointComparisons } from "../../../src/telemetry/endpoints/endpoint-tally.ts";

const MINUTE_MS = 60_000;

function row(endpoint: string, matched: number, differed = 0): EndpointComparisons {
  return { route: "r", endpoint, candidate: "v2", matched, differed };
}

/** Compared exchanges by endpoint, those of the others last. */
function countsOf(endpoints: BusiestEndpoints): Record<string, number> {
  return Object.fromEntries(endpoints.series.map((each) => [each.endpoint, each.matched + each.differed]));
}

describe("BusiestEndpoints", () => {
  it("lists the busiest of the first batch, and counts the others together from 0", () => {
    const endpoints = new BusiestEndpoints(2, () => 0);
    endpoints.add([row("A", 1), row("B", 5, 2), row("C", 3)]);
    expect(endpoints.series).toEqual([
      row("B", 5, 2),
      row("C", 3),
      { route: "r", endpoint: "(other)", candidate: "v2", matched: 1, differed: 0 },
    ]);
    const few = new BusiestEndpoints(2, () => 0);
    few.add([row("A", 1)]);
    expect(countsOf(few)).toEqual({ A: 1, "(other)": 0 });
  });

  it("keeps an endpoint until another one is clearly busier, at most once a minute", () => {
    let now = 0;
    const endpoints = new BusiestEndpoints(1, () => now);
    endpoints.add([row("A", 100)]);
    endpoints.add([row("B", 299)]);
    now = MINUTE_MS - 1;
    endpoints.add([row("B", 100)]);
    expect(countsOf(endpoints)).toEqual({ A: 100, "(other)": 399 });
    now = MINUTE_MS;
    endpoints.add([row("A", 1), row("B", 10)]);
    expect(countsOf(endpoints)).toEqual({ B: 10, "(other)": 400 });
  });

  it("does not alternate between endpoints with similar traffic", () => {
    let now = 0;
    const endpoints = new BusiestEndpoints(1, () => now);
    const listed = new Set<string>();
    for (let minute = 0; minute < 100; minute += 1) {
      now = minute * MINUTE_MS;
      endpoints.add(minute % 2 === 0 ? [row("A", 1500), row("B", 1000)] : [row("A", 1000), row("B", 1500)]);
      listed.add(endpoints.series[0]?.endpoint ?? "");
    }
    expect([...listed]).toEqual(["A"]);
  });

  it("gives the place of an endpoint without traffic to another one, and goes on from the old count when it returns", () => {
    let now = 0;
    const endpoints = new BusiestEndpoints(1, () => now);
    endpoints.add([row("A", 1000)]);
    const pass = (minutes: number, name: string): void => {
      for (let minute = 0; minute < minutes; minute += 1) {
        now += MINUTE_MS;
        endpoints.add([row(name, 100)]);
      }
    };
    pass(60, "B");
    const [first] = endpoints.series;
    expect(first?.endpoint).toBe("B");
    pass(60, "A");
    expect(endpoints.series[0]?.endpoint).toBe("A");
    expect(countsOf(endpoints)["A"]).toBeGreaterThan(1000);
  });

  it("keeps routes and candidates apart", () => {
    const endpoints = new BusiestEndpoints(1, () => 0);
    endpoints.add([row("A", 2), { ...row("A", 1), route: "s" }, { ...row("A", 0, 3), candidate: "v3" }]);
    expect(endpoints.series).toEqual([
      row("A", 2),
      { ...row("A", 0, 3), candidate: "v3" },
      row("(other)", 0),
      { ...row("(other)", 0), candidate: "v3" },
      { ...row("(other)", 1), route: "s" },
    ]);
  });

  it("lists no more than allowed, counts no exchange twice and decreases no count, whatever arrives when", () => {
    const batch = fc.record({
      minutes: fc.integer({ min: 0, max: 30 }),
      rows: fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(batch, { maxLength: 60 }), (limit, batches) => {
        let now = 0;
        let total = 0;
        const endpoints = new BusiestEndpoints(limit, () => now);
        let before: Record<string, number> = {};
        for (const { minutes, rows } of batches) {
          now += minutes * MINUTE_MS;
          endpoints.add(rows.map(([name, count]) => row(`E${name}`, count)));
          total += rows.reduce((sum, [, count]) => sum + count, 0);
          const counts = countsOf(endpoints);
          const names = Object.keys(counts).filter((name) => name !== "(other)");
          expect(names.length).toBeLessThanOrEqual(limit);
          expect(counts["(other)"] ?? 0).toBeGreaterThanOrEqual(before["(other)"] ?? 0);
          for (const name of names) expect(counts[name]).toBeGreaterThanOrEqual(before[name] ?? 0);
          expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(total);
          before = counts;
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("EndpointTally", () => {
  it("adds up exchanges until they are taken", () => {
    const tally = new EndpointTally();
    const key = { route: "r", endpoint: "GET /a", candidate: "v2" };
    tally.add(key, true, 2);
    tally.add(key, false, 3);
    tally.add({ ...key, endpoint: "GET /b" }, false, 1);
    expect(tally.take()).toEqual([
      { ...key, matched: 3, differed: 2 },
      { ...key, endpoint: "GET /b", matched: 1, differed: 0 },
    ]);
    expect(tally.take()).toEqual([]);
  });
});
