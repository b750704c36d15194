import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Accounting, Report } from "../../src/model/report.ts";
import { startProgram } from "../commands/run-program.ts";

/** What carries traffic; Node names its threads so. */
export const PROXY_THREAD = "proxy-";

const SETTLE_MS = 60_000;
/** Longer than the store thread takes from one commit to the next. */
const POLL_MS = 400;

export interface Shadowdiff {
  readonly url: string;
  readonly pid: number;
  /**
   * Waits until so many requests since the start are dealt with, and no more come, at most a minute. Counts are committed
   * together with what was compared, so what has been received is what has been settled.
   * @returns what became of the requests
   */
  settle(atLeast: number): Promise<Accounting>;
  /** The page that Prometheus reads. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the real program with a store of its own. */
export async function startShadowdiff(
  primary: string,
  candidate: string,
  flags: readonly string[] = [],
): Promise<Shadowdiff> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  const listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", join(directory, "bench.db")];
  const program = startProgram(["serve", "--primary", primary, "--candidate", candidate, ...listen, ...flags]);
  const [, url = ""] = await program.untilStdout(/^ *proxy +(http:\S+)$/m);
  const [, admin = ""] = await program.untilStdout(/^ *dashboard +(http:\S+)$/m);
  const accounting = async (): Promise<Accounting> =>
    ((await (await fetch(`${admin}/api/v1/report`)).json()) as Report).accounting;
  return {
    url,
    pid: program.process.pid ?? 0,
    async settle(atLeast) {
      const deadline = performance.now() + SETTLE_MS;
      for (let before = -1; ;) {
        const counts = await accounting();
        const { received } = counts;
        if ((received >= atLeast && received === before) || performance.now() > deadline) return counts;
        before = received;
        await delay(POLL_MS);
      }
    },
    metrics: async () => (await fetch(`${admin}/metrics`)).text(),
    async stop() {
      program.process.kill("SIGTERM");
      await program.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
