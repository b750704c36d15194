import { createServer, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOARD, SPIN } from "./chaos-bodies.ts";
import { echoBody, listening, startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll, startLoad, type LoadResponse } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const BLOCK_MS = 5_000;
/** Far above the latency on a loaded machine, far below that of a request that waits for a blocked thread. */
const STUCK_MS = BLOCK_MS / 2;

function failures(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(
    ({ path, status, body, ms }) => status !== 200 || body !== echoBody(path, "one") || ms > STUCK_MS,
  );
}

/** Serves bodies that end the compare thread, see chaos.ts, and ordinary ones. */
function startHostile(version: number): Promise<Server> {
  return listening(
    createServer((req, res) => {
      const start = { "/spin": SPIN, "/hoard": HOARD }[req.url ?? ""] ?? '{"plain":1';
      res.setHeader("content-type", "application/json").end(`${start},"version":${version}}`);
    }),
  );
}

let servers: Server[];
beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two"), startEcho("one")]);
});
afterAll(() => stopServers(servers));

async function start(): Promise<Shadowdiff> {
  const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
  return startShadowdiff({ args: ["--primary", primary, "--candidate", candidate, "--secondary", secondary] });
}

describe("threads under load", () => {
  let shadowdiff: Shadowdiff;
  /** Requests so far. */
  let sent = 0;
  beforeAll(async () => {
    shadowdiff = await start();
  });
  afterAll(() => shadowdiff?.stop());

  /** Sends load during `trouble`, and waits until it is counted. @returns what went wrong */
  async function troubleUnderLoad(trouble: () => Promise<unknown>): Promise<readonly unknown[]> {
    const { accounting } = await shadowdiff.report();
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
    await shadowdiff.reportWhere((now) => now.accounting.compared > accounting.compared);
    await trouble();
    const responses = await load.stop();
    sent += responses.length;
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    const { received } = report.accounting;
    return [...failures(responses), ...brokenInvariants(report), ...(received === sent ? [] : [{ received, sent }])];
  }

  async function stall(thread: string): Promise<void> {
    shadowdiff.chaos({ thread, action: "block", ms: BLOCK_MS });
    await delay(BLOCK_MS + 500);
  }

  async function restarts(thread: string): Promise<number> {
    return shadowdiff.metric("shadowdiff_thread_restarts_total", { thread });
  }

  for (const thread of ["compare-0", "store", "report", "main"]) {
    it(`a stall of ${thread} for 5 s slows no request, and every request is accounted for`, async () => {
      expect(await troubleUnderLoad(() => stall(thread))).toEqual([]);
    });
  }

  for (const thread of ["compare-0", "store"]) {
    for (const [index, action] of (["throw", "exit"] as const).entries()) {
      it(`the death of ${thread} (${action}) fails no request, the thread is restarted, and every request is accounted for`, async () => {
        const death = async (): Promise<void> => {
          shadowdiff.chaos({ thread, action });
          await expect.poll(() => restarts(thread)).toBe(index + 1);
          const { accounting } = await shadowdiff.reportWhere(() => true);
          // The new thread takes over, however long it takes to start.
          await shadowdiff.reportWhere((now) => now.accounting.compared > accounting.compared + 500);
        };
        expect(await troubleUnderLoad(death)).toEqual([]);
        expect(await restarts(thread)).toBe(index + 1);
      });
    }
  }

  for (const [index, action] of (["throw", "exit"] as const).entries()) {
    it(`the death of the report thread (${action}) fails no request, and the next report is built by another one`, async () => {
      const death = async (): Promise<void> => {
        shadowdiff.chaos({ thread: "report", action });
        await expect.poll(() => restarts("report"), { timeout: 20_000 }).toBe(index + 1);
      };
      expect(await troubleUnderLoad(death)).toEqual([]);
      expect(await restarts("report")).toBe(index + 1);
    });
  }

  it("a proxy thread that dies is restarted on the same port", async () => {
    expect((await fetch(`${shadowdiff.proxy}/items/1`)).status).toBe(200);
    shadowdiff.chaos({ thread: "proxy-0", action: "exit" });
    await expect
      .poll(
        () =>
          fetch(`${shadowdiff.proxy}/items/2`)
            .then((response) => response.status)
            .catch(() => 0),
        { timeout: 5_000 },
      )
      .toBe(200);
  });
});

it("SIGTERM under load ends with no failed request in flight and everything stored", async () => {
  const shadowdiff = await start();
  const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
  await shadowdiff.reportWhere((report) => report.accounting.compared > 100);
  const code = await shadowdiff.stop();
  const responses = await load.stop();
  expect(code).toBe(0);
  // Connections after the listener has closed are refused. All accepted requests have a response.
  const failed = responses.filter(({ status }) => status !== 200);
  expect(failed.filter(({ error }) => !/ECONNREFUSED/.test(error ?? ""))).toEqual([]);
});

describe("a compare thread", () => {
  it.each([
    // Two CPU limits, so that only the intended one can be reached, however busy the machine is.
    { name: "never ends", path: "/spin", timeout: "500ms", skipped: { timeout: 1 } },
    { name: "uses up the heap", path: "/hoard", timeout: "1h", skipped: { memory: 1 } },
  ])("gives up an exchange that $name, and compares all others", async ({ path, timeout, skipped }) => {
    const hostile = await Promise.all([startHostile(1), startHostile(2)]);
    const [primary, candidate] = hostile.map(urlOf) as [string, string];
    const args = ["--primary", primary, "--candidate", candidate, "--compare-timeout", timeout];
    const shadowdiff = await startShadowdiff({ args });
    try {
      const paths = Array.from({ length: 100 }, (_, at) => (at === 20 ? path : "/plain"));
      const responses = await sendAll(shadowdiff.proxy, paths);
      expect(responses.map(({ status }) => status)).toEqual(paths.map(() => 200));
      const { accounting } = await shadowdiff.reportWhere((now) => isAtRest(now, paths.length));
      expect(accounting.skipped).toEqual(skipped);
      expect(accounting.compared).toBe(99);
    } finally {
      await shadowdiff.stop();
      stopServers(hostile);
    }
  });
});
