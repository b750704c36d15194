import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Accounting } from "../../src/model/accounting.ts";
import type { Overview } from "../../src/model/views/overview.ts";
import { startProgram } from "../commands/run-program.ts";

/** Name prefix of the threads that carry traffic. */
export const PROXY_THREAD = "proxy-";

const SETTLE_MS = 60_000;
/** Longer than the interval between two commits of the store thread. */
const POLL_MS = 400;

export interface Shadowdiff {
  readonly url: string;
  /** URL of the dashboard. */
  readonly admin: string;
  readonly pid: number;
  /**
   * Waits until this many requests since the start are accounted for and no more arrive, for at most a minute. Counts are
   * committed together with the comparisons, so that received requests are also settled.
   * @returns the accounting
   */
  settle(atLeast: number): Promise<Accounting>;
  /** Returns the page that Prometheus scrapes. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

export interface ShadowdiffOptions {
  readonly flags?: readonly string[] | undefined;
  /** Percentage of the requests that is mirrored; by default all. */
  readonly percent?: number | undefined;
  /** Of both upstreams; by default HTTP/1.1. */
  readonly protocol?: "h2" | undefined;
  /** Another checkout's program. */
  readonly program?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts the program with a new store. */
export async function startShadowdiff(
  primary: string,
  candidate: string,
  { flags = [], percent = 100, protocol, program, env = {} }: ShadowdiffOptions = {},
): Promise<Shadowdiff> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  const listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", join(directory, "bench.db")];
  const config = join(directory, "shadowdiff.json");
  if (protocol !== undefined) {
    const subsets = { v1: { url: primary, protocol }, v2: { url: candidate, protocol } };
    const candidates = [{ subset: "v2", methods: ["GET", "POST"], percent }];
    writeFileSync(config, JSON.stringify({ subsets, routes: [{ primary: [{ subset: "v1" }], candidates }] }));
  }
  const versions =
    protocol === undefined
      ? ["--primary", primary, "--candidate", candidate, "--percent", String(percent)]
      : ["--config", config];
  const args = ["serve", ...versions, ...listen, ...flags];
  const running = startProgram(args, env, [], program);
  const [, url = ""] = await running.untilStdout(/^ *proxy +(https?:\S+)$/m);
  const [, admin = ""] = await running.untilStdout(/^ *dashboard +(http:\S+)$/m);
  const accounting = async (): Promise<Accounting> =>
    ((await (await fetch(`${admin}/api/v1/overview`)).json()) as Overview).accounting;
  return {
    url,
    admin,
    pid: running.process.pid ?? 0,
    async settle(atLeast) {
      const deadline = performance.now() + SETTLE_MS;
      for (let before = -1; ;) {
        const counts = await accounting();
        const { received, inFlight } = counts;
        if ((received >= atLeast && received === before && inFlight === 0) || performance.now() > deadline)
          return counts;
        before = received;
        await delay(POLL_MS);
      }
    },
    metrics: async () => (await fetch(`${admin}/metrics`)).text(),
    async stop() {
      running.process.kill("SIGTERM");
      await running.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
