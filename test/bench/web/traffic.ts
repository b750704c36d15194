import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import type { Overview } from "../../../src/model/views/overview.ts";
import { startShadowdiff, type Shadowdiff } from "../shadowdiff.ts";
import { LARGE_PATH, shopPath, startService, WIDE_PATH } from "./service.ts";

const CONNECTIONS = 16;
/** To each of the two endpoints with large bodies. */
const LARGE_REQUESTS = 20;
const SLICE_MS = 50;
/** The report of 10,000 endpoints is built rarely. */
const SETTLE_MS = 300_000;
const POLL_MS = 1_000;
/** A busy machine drops copies. */
const ENOUGH = 0.5;

/** The real program with traffic of real servers. */
export interface Rehearsal {
  readonly admin: string;
  readonly pid: number;
  /** Sends requests to all endpoints in turn until the program is stopped. */
  keepSending(perSecond: number): void;
  stop(): Promise<void>;
}

/** Starts the program, and sends `each` requests to every endpoint, and some to those with the large bodies. */
export async function rehearse(endpoints: number, each: number): Promise<Rehearsal> {
  const service = await startService();
  const { primary, candidate, secondary } = service.urls;
  const flags = [
    `--secondary=${secondary}`,
    `--compare-max-endpoints=${endpoints + 10}`,
    "--compare-max-segment-values=0",
    "--max-in-flight=1000",
    "--secondary-max-in-flight=1000",
  ];
  const shadowdiff = await startShadowdiff(primary, candidate, { flags });
  const pool = new Pool(shadowdiff.url, { connections: CONNECTIONS });
  let sent = 0;
  const send = async (path: string): Promise<void> => {
    const { body } = await pool.request({ method: "GET", path });
    await body.dump();
    sent += 1;
  };
  const nextPath = (): string => shopPath(sent % endpoints, Math.floor(sent / endpoints));
  const fill = async (): Promise<void> => {
    for (let turn = 0; turn < each; turn += 1) {
      await inParallel(endpoints, (endpoint) => send(shopPath(endpoint, turn)));
    }
    for (let turn = 0; turn < LARGE_REQUESTS; turn += 1) await Promise.all([send(WIDE_PATH), send(LARGE_PATH)]);
    await settle(shadowdiff, sent);
  };
  const stopping = new AbortController();
  let sending = Promise.resolve();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await sending;
    await pool.close();
    await shadowdiff.stop();
    service.stop();
  };
  await fill().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    admin: shadowdiff.admin,
    pid: shadowdiff.pid,
    keepSending(perSecond) {
      const slice = Math.max(1, Math.round((perSecond * SLICE_MS) / 1_000));
      sending = (async () => {
        while (!stopping.signal.aborted) {
          await Promise.all([delay(SLICE_MS), inParallel(slice, () => send(nextPath()))]);
        }
      })();
    },
    stop,
  };
}

/** Waits until all requests are in the report of the dashboard, which may be older than the store. */
async function settle({ admin }: Shadowdiff, sent: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  let [received, inFlight, compared] = [0, 0, 0];
  do {
    await delay(POLL_MS);
    const { accounting } = (await (await fetch(`${admin}/api/v1/overview`)).json()) as Overview;
    ({ received, inFlight, compared } = accounting);
  } while ((received < sent || inFlight > 0) && performance.now() < deadline);
  if (received !== sent) throw new Error(`${received} of ${sent} requests are counted`);
  if (compared < sent * ENOUGH) throw new Error(`only ${compared} of ${sent} requests were compared`);
}

/** Runs `count` tasks, as many at once as there are connections. */
async function inParallel(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: Math.min(count, CONNECTIONS) }, async () => {
    while (next < count) {
      next += 1;
      await task(next - 1);
    }
  });
  await Promise.all(workers);
}
