import { join } from "node:path";
import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLANTED_NAMES } from "../../src/commands/demo/planted-regressions.ts";
import { createCalculator, createSampleServer } from "../../src/commands/sample-service/sample-server.ts";
import type { ContractViolation } from "../../src/model/contract/contract-report.ts";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { sendOverTime } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const OPENAPI = join(import.meta.dirname, "../../examples/openapi/calculator.yaml");
const NUMBERS = Array.from({ length: 20 }, (_, index) => index + 1);
const SQUARES = NUMBERS.filter((number) => Number.isInteger(Math.sqrt(number))).length;
const EACH = NUMBERS.length;

/** The new version renames `gcd`, sends the product as a string, and responds with 200 for numbers without a root. */
const PATHS: readonly ((number: number) => string)[] = [
  (number) => `/factor/${number}`,
  (number) => `/gcd/${number * 12}/${number * 18}`,
  (number) => `/roots/${number}`,
  (number) => `/products/${number}/${number}`,
  (number) => `/shares/${number}/9973`,
  (number) => `/sums/${number}/${number}`,
  (number) => `/cubes/${number}`,
];

let servers: readonly Server[] = [];
let running: Shadowdiff | undefined;
let report: Report;

beforeAll(async () => {
  const planted = new Set(PLANTED_NAMES.filter((name) => name !== "slow-cubes"));
  servers = await Promise.all(
    [null, planted, null].map((own) => listening(createSampleServer(createCalculator(own, () => "id")))),
  );
  const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
  const versions = ["--primary", primary, "--candidate", candidate, "--secondary", secondary];
  running = await startShadowdiff({ args: [...versions, "--openapi", OPENAPI, "--contract-validate"] });
  const paths = NUMBERS.flatMap((number) => PATHS.map((path) => path(number)));
  await sendOverTime(running.proxy, paths);
  report = await running.reportWhere((now) => isAtRest(now, paths.length));
});

afterAll(async () => {
  await running?.stop();
  stopServers(servers);
});

function endpoint(name: string): EndpointReport | undefined {
  return report.endpoints.find((each) => each.endpoint === name);
}

function violation(section: "body", path: string, counts: Partial<ContractViolation>): ContractViolation {
  return { section, path, candidateOnly: 0, primaryOnly: 0, both: 0, ...counts };
}

describe("a run with a contract", () => {
  it("names requests by operation, and reports which operations were never compared and which endpoints are none", () => {
    expect(report.contract).toMatchObject({
      operations: 11,
      compared: 6,
      missing: [
        "GET /calculations/{number}",
        "GET /days/{number}",
        "GET /divisors/{number}",
        "GET /primes/{number}",
        "POST /calculations",
      ],
      undocumented: ["GET /cubes/{id}"],
    });
  });

  it("tells apart what only the candidate breaks and what both versions break, in exact numbers", () => {
    expect(report.contract?.responses).toEqual({
      // Factors, sums, and the roots of squares.
      conforming: 2 * EACH + SQUARES,
      // All divisors and products, and the roots of other numbers.
      candidateBreaks: 2 * EACH + (EACH - SQUARES),
      primaryBreaks: 0,
      // Shares.
      bothBreak: EACH,
      notJudged: 0,
    });
    const gcd = violation("body", "$.gcd", { candidateOnly: EACH });
    expect(endpoint("GET /gcd/{a}/{b}")?.contract?.violations).toEqual([gcd]);
    const root = violation("body", "$.root", { candidateOnly: EACH - SQUARES });
    expect(endpoint("GET /roots/{number}")?.contract?.violations).toEqual([root]);
    const whole = violation("body", "$.whole", { both: EACH });
    expect(endpoint("GET /shares/{part}/{whole}")?.contract?.violations).toEqual([whole]);
    expect(endpoint("GET /cubes/{id}")?.contract).toBeUndefined();
  });

  it("counts what only the candidate breaks as a difference, in one cause with the value that breaks it", () => {
    const { differences = [], causes = [], verdict } = endpoint("GET /products/{a}/{b}") ?? {};
    const broken = differences.find(({ kind }) => kind === "contract");
    expect(broken).toMatchObject({ section: "body", path: "$.product", count: EACH, noise: 0, verdict: "real" });
    expect(causes.map(({ title }) => title)).toEqual([
      "body $.product (breaks the contract); body $.product (same number as a string)",
    ]);
    expect(verdict).toBe("fail");
    // What both break is no difference.
    const shares = endpoint("GET /shares/{part}/{whole}")?.differences ?? [];
    expect(shares.filter(({ kind }) => kind === "contract")).toEqual([]);
  });
});
