import { describe, expect, it } from "vitest";
import { createCalculator } from "../../../src/commands/sample-service/sample-server.ts";
import { PLANTED_NAMES } from "../../../src/commands/demo/planted-regressions.ts";
import { demoRequests, type DemoRequest } from "../../../src/commands/demo/demo-traffic.ts";

const REQUESTS = [...demoRequests(1200)];
const READS = REQUESTS.filter(({ method }) => method === "GET");

const OPERATIONS = [
  "accounts",
  "averages",
  "calculations",
  "cubes",
  "days",
  "divisors",
  "factor",
  "gcd",
  "names",
  "powers",
  "prices",
  "primes",
  "products",
  "roots",
  "shares",
  "squares",
  "sums",
];

/** How many requests each first segment of the path gets. */
function perOperation(paths: readonly string[]): Readonly<Record<string, number>> {
  const names = paths.map((path) => path.split("/")[1] ?? "");
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]),
  );
}

/** How many requests of an operation meet a condition. */
function countOf(operation: string, holds: (request: DemoRequest) => boolean): number {
  return READS.filter((request) => request.path.startsWith(`/${operation}/`) && holds(request)).length;
}

describe("the requests of the demo", () => {
  it("are the same every time", () => {
    expect([...demoRequests(1200)]).toEqual(REQUESTS);
  });

  it("cover all endpoints equally, with some POST requests", () => {
    const counts = perOperation(READS.map(({ path }) => path));
    expect(Object.keys(counts)).toEqual(OPERATIONS);
    // 1,176 requests make 61 rounds of 19 and a part of one more; powers are in each three times.
    const { powers = 0, ...others } = counts;
    expect(new Set(Object.values(others))).toEqual(new Set([61, 62]));
    expect([183, 184, 185, 186]).toContain(powers);
    expect(REQUESTS.length - READS.length).toBe(24);
  });

  it("carry 20 headers, and where the service reads them 8 query parameters and 3 cookies", () => {
    const prices = READS.filter(({ path }) => path.startsWith("/prices/"));
    for (const { path, headers } of prices) {
      expect(Object.keys(headers)).toHaveLength(20);
      expect([...new URL(path, "http://service").searchParams.keys()]).toHaveLength(8);
      expect(headers["cookie"]?.split("; ")).toHaveLength(3);
    }
    expect(prices.length).toBeGreaterThan(50);
  });

  it("get equal responses from both versions without planted regressions", () => {
    const old = createCalculator(null, () => "same id");
    const fixed = createCalculator(new Set(), () => "same id");
    for (const { method, path, headers } of REQUESTS) {
      expect(fixed(method, path, headers)).toEqual(old(method, path, headers));
    }
    expect(new Set(REQUESTS.map(({ method, path }) => old(method, path).status))).toEqual(new Set([200, 201, 404]));
  });

  it("show each planted regression often enough for a verdict, on one endpoint only", () => {
    const old = createCalculator(null, () => "same id");
    const worst = { isSecondInstance: true, isLate: () => true, random: () => 0.5 };
    const differing = PLANTED_NAMES.map((name) => {
      const planted = createCalculator(new Set([name]), () => "same id", worst);
      const wrong = READS.filter(
        ({ path, headers }) =>
          JSON.stringify(planted("GET", path, headers)) !== JSON.stringify(old("GET", path, headers)),
      );
      return [name, perOperation(wrong.map(({ path }) => path))];
    });
    expect(Object.fromEntries(differing)).toEqual({
      "wrong-factors": { factor: 11 },
      "renamed-field": { gcd: 62 },
      "lost-header": { primes: 62 },
      "wrong-status": { roots: 43 },
      "number-as-text": { products: 62 },
      "rounded-share": { shares: 62 },
      "wrong-zone": { days: 61 },
      "lost-order": { divisors: 62 },
      "slow-cubes": { cubes: 62 },
      "rounded-euros": { prices: countOf("prices", ({ path }) => path.includes("?currency=EUR&")) },
      "lost-german": {
        names: countOf("names", ({ headers }) => headers["accept-language"]?.startsWith("de-") === true),
      },
      "lost-interest": { accounts: countOf("accounts", ({ path }) => Number(/\d+/.exec(path)?.[0]) % 5 === 0) },
      "one-address": { squares: countOf("squares", () => true) },
      "late-change": { averages: countOf("averages", () => true) },
      "random-loss": { powers: 4 },
    });
  });
});

describe("the calculator", () => {
  const calculate = createCalculator(null, () => "an id");

  it.each(["/", "/factor", "/factor/1/2", "/toString/1", "/nothing/5"])("%s is not an operation", (path) => {
    expect(calculate("GET", path)).toMatchObject({ status: 404, body: { error: "no such operation" } });
  });

  it.each(["/factor/0", "/factor/x", "/factor/1.5", "/factor/", "/factor/1000000000001", "/gcd/4/-2", "/days/1000001"])(
    "%s is out of range",
    (path) => {
      expect(calculate("GET", path).status).toBe(400);
    },
  );
});
