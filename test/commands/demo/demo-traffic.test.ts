import { describe, expect, it } from "vitest";
import { createCalculator } from "../../../src/commands/sample-service/sample-server.ts";
import { PLANTED_NAMES } from "../../../src/commands/demo/planted-regressions.ts";
import { demoRequests } from "../../../src/commands/demo/demo-traffic.ts";

const REQUESTS = [...demoRequests(1200)];
const READS = REQUESTS.filter(({ method }) => method === "GET");

const OPERATIONS = [
  "calculations",
  "cubes",
  "days",
  "divisors",
  "factor",
  "gcd",
  "primes",
  "products",
  "roots",
  "shares",
  "sums",
];

/** How many requests each first segment of the path gets. */
function perOperation(paths: readonly string[]): Readonly<Record<string, number>> {
  const names = paths.map((path) => path.split("/")[1] ?? "");
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]),
  );
}

describe("the requests of the demo", () => {
  it("are the same every time", () => {
    expect([...demoRequests(1200)]).toEqual(REQUESTS);
  });

  it("cover all endpoints equally, with some POST requests", () => {
    const counts = perOperation(READS.map(({ path }) => path));
    expect(Object.keys(counts)).toEqual(OPERATIONS);
    // 1,176 requests make 106 rounds and a part of one more.
    expect(new Set(Object.values(counts))).toEqual(new Set([106, 107]));
    expect(REQUESTS.length - READS.length).toBe(24);
  });

  it("get equal responses from both versions without planted regressions", () => {
    const old = createCalculator(null, () => "same id");
    const fixed = createCalculator(new Set(), () => "same id");
    for (const { method, path } of REQUESTS) expect(fixed(method, path)).toEqual(old(method, path));
    expect(new Set(REQUESTS.map(({ method, path }) => old(method, path).status))).toEqual(new Set([200, 201, 404]));
  });

  it("show each planted regression often enough for a verdict, on one endpoint only", () => {
    const old = createCalculator(null, () => "same id");
    const differing = PLANTED_NAMES.map((name) => {
      const planted = createCalculator(new Set([name]), () => "same id");
      const paths = READS.map(({ path }) => path);
      const wrong = paths.filter((path) => JSON.stringify(planted("GET", path)) !== JSON.stringify(old("GET", path)));
      return [name, perOperation(wrong)];
    });
    expect(Object.fromEntries(differing)).toEqual({
      "wrong-factors": { factor: 16 },
      "renamed-field": { gcd: 107 },
      "lost-header": { primes: 107 },
      "wrong-status": { roots: 79 },
      "number-as-text": { products: 107 },
      "rounded-share": { shares: 107 },
      "wrong-zone": { days: 107 },
      "lost-order": { divisors: 107 },
      "slow-cubes": { cubes: 107 },
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
