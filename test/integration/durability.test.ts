import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { IS_FULL } from "../hostile/scale.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad } from "./load.ts";
import { brokenInvariants, startShadowdiff } from "./shadowdiff.ts";

/** Compared exchanges before the kill in each round: soon after the start, later, and much later. */
const ROUNDS = Array.from({ length: IS_FULL ? 10 : 1 }, () => [1, 150, 600]).flat();
const POLL_MS = 20;
const CANDIDATE = "candidate";
const ENDED = expect.any(Number) as number;

/** Every count of a report that can only grow, by name, including those of endpoints and differences. */
function countsOf({ accounting, endpoints }: Report): Map<string, number> {
  const { inFlight: _open, notMirrored, dropped, skipped, ...totals } = accounting;
  const reasons = Object.entries({ notMirrored, dropped, skipped }).flatMap(([fate, counts]) =>
    Object.entries(counts).map(([reason, count]): [string, number] => [`${fate} ${reason}`, count]),
  );
  return new Map([...Object.entries(totals), ...reasons, ...endpoints.flatMap(endpointCounts)]);
}

function endpointCounts({ endpoint, compared, matched, differed, noiseCompared, differences }: EndpointReport) {
  const counts = { compared, matched, differed, noiseCompared };
  return [
    ...Object.entries(counts).map(([name, count]): [string, number] => [`${endpoint} ${name}`, count]),
    ...differences.flatMap(({ section, path, kind, count, noise }): [string, number][] => [
      [`${endpoint} ${section} ${path} ${kind}`, count],
      [`${endpoint} ${section} ${path} ${kind} noise`, noise],
    ]),
  ];
}

/** What changes when the next process has set the end of the run: requests in flight get no other fate. */
function asEnded({ run, accounting, ...rest }: Report) {
  return {
    ...rest,
    run: { ...run, endedAt: ENDED },
    accounting: { ...accounting, inFlight: 0, interrupted: accounting.inFlight },
    reasons: expect.any(Array) as string[],
  };
}

/** The reports of all runs in the file, oldest first. */
async function reportsIn(path: string): Promise<Report[]> {
  const reader = openSqliteReader(path);
  try {
    const runs = (await reader.runs()).toReversed();
    const context = { now: Date.now(), cache: new HistoryCache(0) };
    return await Promise.all(runs.map((run) => buildReport(reader, run, CANDIDATE, context)));
  } finally {
    await reader.close();
  }
}

function problemsOf(path: string): unknown[] {
  const db = new Sqlite(path, { readonly: true });
  try {
    return [...(db.pragma("integrity_check") as unknown[]), ...(db.pragma("foreign_key_check") as unknown[])];
  } finally {
    db.close();
  }
}

describe("kill -9 under load, again and again on one database", () => {
  let servers: Awaited<ReturnType<typeof startEcho>>[];
  const store = join(mkdtempSync(join(tmpdir(), "shadowdiff-")), "test.db");

  beforeAll(async () => {
    servers = await Promise.all([startEcho("one"), startEcho("two"), startEcho("one")]);
  });
  afterAll(() => stopServers(servers));

  it(
    "leaves an intact file with everything that any report has shown, and all earlier runs unchanged",
    async () => {
      const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
      const args = ["--primary", primary, "--candidate", candidate, "--secondary", secondary];
      const earlier: Report[] = [];
      for (const [round, until] of ROUNDS.entries()) {
        const shadowdiff = await startShadowdiff({ args: [...args, "--run-name", `round ${round}`], store });
        const load = startLoad(shadowdiff.proxy, (index) => `/${index % 2 === 0 ? "items" : "users"}/${index}`);
        let shown: Report | undefined;
        while (shown === undefined || shown.accounting.compared < until) {
          shown = await shadowdiff.report();
          await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
        shown = await shadowdiff.report();
        const ended = once(shadowdiff.process, "exit");
        shadowdiff.process.kill("SIGKILL");
        await ended;
        const responses = await load.stop();

        expect(problemsOf(store)).toEqual([{ integrity_check: "ok" }]);
        const found = await reportsIn(store);
        expect(found.slice(0, -1)).toEqual(earlier.map(asEnded));
        const last = found.at(-1) as Report;
        expect(last.run).toEqual(shown.run);
        expect(last.run.name).toBe(`round ${round}`);
        const counts = countsOf(last);
        expect([...countsOf(shown)].filter(([name, count]) => (counts.get(name) ?? 0) < count)).toEqual([]);
        // Counts and exchanges are committed together, so they add up, and nothing is counted twice.
        expect(brokenInvariants(last)).toEqual([]);
        expect(last.accounting.received).toBeLessThanOrEqual(responses.length);
        expect(last.accounting).toMatchObject({ matched: 0, noiseCompared: last.accounting.compared });
        earlier.push(last);
      }
    },
    ROUNDS.length * 10_000,
  );
});
