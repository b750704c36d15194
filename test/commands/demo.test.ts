import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PLANTED_NAMES, type PlantedName } from "../../src/demo/planted.ts";
import type { Report } from "../../src/model/report.ts";
import type { Status } from "../../src/model/status.ts";
import { runProgram, startProgram } from "./run-program.ts";

const REQUESTS = 1200;
const TIMEOUT_MS = 90_000;

/** What each planted regression must leave in the report: endpoint, section and path. */
const TRACES: Readonly<Record<PlantedName, readonly string[]>> = {
  "wrong-factors": ["GET /factor/{id} body $.factors[*]"],
  "renamed-field": ["GET /gcd/{id}/{id} body $.divisor", "GET /gcd/{id}/{id} body $.gcd"],
  "lost-header": ["GET /primes/{id} header cache-control"],
  "wrong-status": ["GET /roots/{id} status $"],
};
const VOLATILE = "GET /calculations/{id} body $.requestId";

interface Demo {
  readonly code: number | null;
  readonly report: Report;
}

async function demo(without: readonly PlantedName[]): Promise<Demo> {
  const left = without.flatMap((name) => ["--without", name]);
  const { code, stdout } = await runProgram([
    "demo",
    "--exit",
    "--format",
    "json",
    "--requests",
    `${REQUESTS}`,
    ...left,
  ]);
  return { code, report: JSON.parse(stdout) as Report };
}

/** The differing fields that are noise, or that are not. */
function fields({ endpoints }: Report, noise: boolean): readonly string[] {
  const all = endpoints.flatMap(({ endpoint, differences }) =>
    differences
      .filter(({ verdict }) => (verdict === "noise") === noise)
      .map(({ section, path }) => `${endpoint} ${section} ${path}`),
  );
  return [...new Set(all)].sort();
}

function traces(names: readonly PlantedName[]): readonly string[] {
  return names.flatMap((name) => TRACES[name]).sort();
}

/** Endpoints that the planted regressions with these names make fail. */
function failing(names: readonly PlantedName[]): readonly string[] {
  return [...new Set(traces(names).map((trace) => trace.split(" ").slice(0, 2).join(" ")))];
}

describe("the demo", () => {
  it(
    "names exactly the planted regressions, calls the volatile field noise, and ends with 1",
    async () => {
      const { code, report } = await demo([]);
      expect([code, report.verdict]).toEqual([1, "fail"]);
      expect(fields(report, false)).toEqual(traces(PLANTED_NAMES));
      expect(fields(report, true)).toEqual([VOLATILE]);
      expect(failedEndpoints(report)).toEqual(failing(PLANTED_NAMES));
      expect(report.accounting).toMatchObject({ received: REQUESTS, dropped: {}, skipped: {} });
    },
    TIMEOUT_MS,
  );

  it.each(PLANTED_NAMES)(
    "--without %s: it, and it alone, leaves the report",
    async (name) => {
      const { code, report } = await demo([name]);
      const rest = PLANTED_NAMES.filter((other) => other !== name);
      expect([code, report.verdict]).toEqual([1, "fail"]);
      expect(fields(report, false)).toEqual(traces(rest));
      expect(fields(report, true)).toEqual([VOLATILE]);
      expect(failedEndpoints(report)).toEqual(failing(rest));
    },
    TIMEOUT_MS,
  );

  it(
    "without any of them the verdict is pass, every endpoint passes, and it ends with 0",
    async () => {
      const { code, report } = await demo(PLANTED_NAMES);
      expect([code, report.verdict]).toEqual([0, "pass"]);
      expect(fields(report, false)).toEqual([]);
      expect(fields(report, true)).toEqual([VOLATILE]);
      expect(report.endpoints.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 6 }, () => "pass"));
    },
    TIMEOUT_MS,
  );

  it(
    "stays up after the report until Ctrl-C, and leaves nothing behind",
    async () => {
      const program = startProgram(["demo", "--requests", "300"]);
      const [, dashboard = ""] = await program.untilStdout(/^ {2}dashboard {2}(http:\S+)$/m);
      const [, old = "", candidate = ""] = await program.untilStdout(
        /^ {2}versions {3}old (http:\S+), new (http:\S+),/m,
      );
      await program.untilStdout(/^Browse the differences at /m);
      const status = (await (await fetch(`${dashboard}/api/v1/status`)).json()) as Status;
      expect((await fetch(dashboard)).status).toBe(200);
      program.process.kill("SIGINT");
      expect((await program.ended).code).toBe(130);
      expect(existsSync(status.store.path)).toBe(false);
      for (const url of [dashboard, old, candidate]) await expect(fetch(url)).rejects.toThrow("fetch failed");
    },
    TIMEOUT_MS,
  );

  it(
    "killed hard, it takes the versions of the service with it",
    async () => {
      const program = startProgram(["demo"]);
      const [, old = ""] = await program.untilStdout(/^ {2}versions {3}old (http:\S+),/m);
      program.process.kill("SIGKILL");
      await program.ended;
      const gone = (): Promise<boolean> =>
        fetch(old).then(
          () => false,
          () => true,
        );
      await expect.poll(gone, { timeout: 10_000 }).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    "prints the dashboard's address, the gate and the verdict for a person",
    async () => {
      const { code, stdout } = await runProgram(["demo", "--exit", "--requests", `${REQUESTS}`]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^ {2}dashboard {2}http:\/\/127\.0\.0\.1:\d+$/m);
      expect(stdout).toMatch(/^ {2}gate {7}parity 0\.999, latency ratio 3, at least 100 compared$/m);
      expect(stdout).toMatch(/^verdict: fail$/m);
    },
    TIMEOUT_MS,
  );
});

function failedEndpoints({ endpoints }: Report): readonly string[] {
  return endpoints
    .filter(({ verdict }) => verdict === "fail")
    .map(({ endpoint }) => endpoint)
    .sort();
}
