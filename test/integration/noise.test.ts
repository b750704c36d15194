import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { describe, expect, it, type TestContext } from "vitest";
import type { EndpointReport, FieldReport, Report } from "../../src/model/report.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { sendOverTime } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

type Version = "primary" | "candidate" | "secondary";

const REQUESTS = 120;
const IDS = Array.from({ length: REQUESTS }, (_, id) => id);
const HALF = REQUESTS / 2;

/** A pseudo-random number 0–99 by version, request and field, which is the same in every run. */
function chance(version: Version, id: number, field: string): number {
  return createHash("sha256").update(`${version} ${id} ${field}`).digest().readUInt16BE() % 100;
}

/** Differs in every response, like a clock. */
function clock(version: Version, id: number): string {
  return `${version} at ${id}`;
}

/** The responses of each version by endpoint. Only the candidate has real changes. */
const SERVICE: Readonly<Record<string, (version: Version, id: number) => object>> = {
  steady: (_, id) => ({ id }),
  clock: (version, id) => ({ id, at: clock(version, id) }),
  coin: (version, id) => ({ id, side: chance(version, id, "coin") < 50 ? "heads" : "tails" }),
  optional: (version, id) => ({ id, ...(chance(version, id, "optional") < 50 && { hint: "maybe" }) }),
  price: (version, id) => ({ at: clock(version, id), price: version === "candidate" && id % 4 === 0 ? id + 1 : id }),
  renamed: (version, id) => ({ at: clock(version, id), [version === "candidate" ? "title" : "name"]: "x" }),
  // The field is flaky in every version, but far more so in the candidate.
  worse: (version, id) => ({ broken: chance(version, id, "worse") < (version === "candidate" ? 60 : 10) }),
};
const ENDPOINTS = Object.keys(SERVICE);

function startService(version: Version): Promise<Server> {
  return listening(
    createServer((req, res) => {
      const [, endpoint = "", id = ""] = (req.url ?? "").split("/");
      res.setHeader("Content-Type", "application/json");
      res.end(JSON.stringify(SERVICE[endpoint]?.(version, Number(id))));
    }),
  );
}

/** Number of pairs among the first `paired` requests, and in how many of them the versions differ. */
function expected(field: (version: Version, id: number) => unknown, paired: number): Partial<FieldReport> {
  const raw = (id: number): boolean => field("primary", id) !== field("candidate", id);
  const noise = (id: number): boolean => id < paired && field("primary", id) !== field("secondary", id);
  return {
    count: IDS.filter(raw).length,
    noise: IDS.filter(noise).length,
    both: IDS.filter((id) => raw(id) && noise(id)).length,
  };
}

function field(path: string, kind: string, verdict: string, counts: Partial<FieldReport>) {
  return { section: "body", path, kind, verdict, ...counts };
}

/** Only a field that every response of the candidate lacks cannot be noise. */
const WITHOUT_PAIRS = {
  ...Object.fromEntries(ENDPOINTS.map((name) => [name, "inconclusive"])),
  steady: "pass",
  renamed: "fail",
};

const always = (version: Version): Version => version;
const onlyCandidate = (version: Version): boolean => version === "candidate";

async function send(running: Shadowdiff, ids: readonly number[], total: number): Promise<Report> {
  const paths = ids.flatMap((id) => ENDPOINTS.map((endpoint) => `/${endpoint}/${id}`));
  const responses = await sendOverTime(running.proxy, paths);
  expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
  return running.reportWhere((now) => isAtRest(now, total * ENDPOINTS.length));
}

function endpoint(report: Report, name: string): EndpointReport {
  const found = report.endpoints.find((each) => each.endpoint === `GET /${name}/{id}`);
  if (found === undefined) throw new Error(`no endpoint ${name}`);
  return found;
}

/** The verdicts of the endpoints. A busy machine leaves their latencies undecided, which these tests are not about. */
function verdicts(report: Report): Record<string, string> {
  return Object.fromEntries(ENDPOINTS.map((name) => [name, verdictOn(endpoint(report, name))]));
}

function verdictOn({ verdict, reasons }: EndpointReport): string {
  const isAboutLatency = reasons.length > 0 && reasons.every((reason) => reason.startsWith("the candidate takes "));
  return verdict === "inconclusive" && isAboutLatency ? "pass" : verdict;
}

/** The differing fields with a verdict. */
function fieldsOf({ endpoints }: Report, verdict: string): readonly string[] {
  return endpoints
    .flatMap(({ differences: fields }) => fields.filter((each) => each.count > 0 && each.verdict === verdict))
    .map(({ path, kind }) => `${path} ${kind}`)
    .sort();
}

/** All fields that differ between primary and candidate, sorted, with their counts. */
function differences(report: Report, name: string): Partial<FieldReport>[] {
  return endpoint(report, name)
    .differences.toSorted((a, b) => (a.path + a.kind < b.path + b.kind ? -1 : 1))
    .map(({ section, path, kind, verdict, count, noise, both }) => ({
      section,
      path,
      kind,
      verdict,
      count,
      noise,
      both,
    }));
}

interface Rehearsal {
  readonly shadowdiff: Shadowdiff;
  readonly servers: Readonly<Record<Version, Server>>;
}

/**
 * Starts the service in each version and the real program, which end with the test.
 * @param prepare is called before the program starts
 */
async function start(
  { onTestFinished }: TestContext,
  hasSecondary = true,
  prepare: (secondary: Server) => void = () => {},
): Promise<Rehearsal> {
  const [primary, candidate, secondary] = await Promise.all([
    startService("primary"),
    startService("candidate"),
    startService("secondary"),
  ]);
  onTestFinished(() => stopServers([primary, candidate, secondary]));
  // So few responses prove no more than 95%.
  const noLatencyGate = ["latency", "p95", "p99"].flatMap((name) => [`--gate-${name}-ratio`, "10000"]);
  const gate = ["--gate-min-compared", "100", "--gate-parity", "0.95", ...noLatencyGate];
  const versions = ["--primary", urlOf(primary), "--candidate", urlOf(candidate)];
  const pairs = hasSecondary ? ["--secondary", urlOf(secondary)] : [];
  prepare(secondary);
  const shadowdiff = await startShadowdiff({ args: [...versions, ...gate, ...pairs] });
  onTestFinished(async () => {
    await shadowdiff.stop();
  });
  return { shadowdiff, servers: { primary, candidate, secondary } };
}

// Concurrent, because they mostly wait for time to pass between differences.
describe.concurrent("a service with volatile and flaky fields, and a candidate with real changes", () => {
  it("a secondary separates noise from changes, exactly for each field", async (context) => {
    const { shadowdiff } = await start(context);
    const report = await send(shadowdiff, IDS, REQUESTS);
    expect(report.accounting).toEqual({
      ...report.accounting,
      compared: REQUESTS * 7,
      noiseCompared: REQUESTS * 7,
      dropped: {},
    });
    expect(verdicts(report)).toEqual({
      steady: "pass",
      clock: "pass",
      coin: "pass",
      optional: "pass",
      price: "fail",
      renamed: "fail",
      worse: "fail",
    });
    expect(report.verdict).toBe("fail");

    const at = field("$.at", "value", "noise", expected(always, REQUESTS));
    expect(differences(report, "steady")).toEqual([]);
    expect(differences(report, "clock")).toEqual([at]);
    const side = expected((version, id) => chance(version, id, "coin") < 50, REQUESTS);
    expect(differences(report, "coin")).toEqual([field("$.side", "value", "noise", side)]);
    expect(differences(report, "optional").map(({ path, verdict }) => `${path} ${verdict}`)).toEqual([
      "$.hint noise",
      "$.hint noise",
    ]);
    const price = expected((version, id) => onlyCandidate(version) && id % 4 === 0, REQUESTS);
    expect(differences(report, "price")).toEqual([at, field("$.price", "value", "real", price)]);
    const renamed = expected(onlyCandidate, REQUESTS);
    expect(differences(report, "renamed")).toEqual([
      at,
      field("$.name", "missing", "real", renamed),
      field("$.title", "extra", "real", renamed),
    ]);
    const broken = (version: Version, id: number): boolean =>
      chance(version, id, "worse") < (onlyCandidate(version) ? 60 : 10);
    expect(differences(report, "worse")).toEqual([field("$.broken", "value", "real", expected(broken, REQUESTS))]);
    // Noise does not lower parity. Only the planted price does.
    expect(endpoint(report, "clock").parity.rate).toBe(1);
    expect(endpoint(report, "price").parity.rate).toBe(0.75);
  });

  for (const [what, hasSecondary] of [
    ["without a secondary", false],
    ["with a secondary that does not respond", true],
  ] as const) {
    it(`${what} there are no pairs, and only differences that noise cannot explain are proven`, async (context) => {
      const { shadowdiff } = await start(context, hasSecondary, (secondary) => stopServers([secondary]));
      const report = await send(shadowdiff, IDS, REQUESTS);
      expect(report.accounting).toEqual({
        ...report.accounting,
        compared: REQUESTS * 7,
        noiseCompared: 0,
        dropped: {},
        skipped: {},
      });
      expect(verdicts(report)).toEqual(WITHOUT_PAIRS);
      expect(report.verdict).toBe("fail");
      expect(fieldsOf(report, "real")).toEqual(["$.name missing", "$.title extra"]);
      expect(fieldsOf(report, "noise")).toEqual([]);
      const all = report.endpoints.flatMap((each) => each.differences);
      expect(all.filter(({ noise, both }) => noise + both > 0)).toEqual([]);
      expect(differences(report, "clock")).toEqual([field("$.at", "value", "likely", expected(always, 0))]);
    });
  }

  it("a secondary that disappears leaves its pairs valid, and later exchanges unpaired", async (context) => {
    const { shadowdiff, servers } = await start(context);
    await send(shadowdiff, IDS.slice(0, HALF), HALF);
    stopServers([servers.secondary]);
    const report = await send(shadowdiff, IDS.slice(HALF), REQUESTS);
    expect(report.accounting).toEqual({
      ...report.accounting,
      compared: REQUESTS * 7,
      noiseCompared: HALF * 7,
      dropped: {},
      skipped: {},
    });
    const at = field("$.at", "value", "noise", expected(always, HALF));
    expect(differences(report, "clock")).toEqual([at]);
    const price = expected((version, id) => onlyCandidate(version) && id % 4 === 0, HALF);
    expect(differences(report, "price")).toEqual([at, field("$.price", "value", "real", price)]);
    expect(verdicts(report)).toMatchObject({
      steady: "pass",
      clock: "pass",
      coin: "pass",
      price: "fail",
    });
    // The pairs of half of the requests prove little, but excuse nothing.
    expect(verdicts(report)["worse"]).not.toBe("pass");
  });

  it("a secondary that only responds 503 excuses no difference", async (context) => {
    const { shadowdiff } = await start(context, true, (secondary) => {
      secondary.removeAllListeners("request").on("request", (_, res) => res.writeHead(503).end());
    });
    const report = await send(shadowdiff, IDS, REQUESTS);
    expect(report.accounting.noiseCompared).toBe(REQUESTS * 7);
    expect(verdicts(report)).toEqual(WITHOUT_PAIRS);
    expect(fieldsOf(report, "real")).toEqual(["$.name missing", "$.title extra"]);
    const excused = report.endpoints
      .flatMap((each) => each.differences)
      .filter(({ count, verdict }) => count > 0 && verdict === "noise");
    expect(excused).toEqual([]);
  });
});
