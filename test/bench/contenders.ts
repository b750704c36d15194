import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Accounting, Report } from "../../src/model/report.ts";
import { startProgram } from "../commands/run-program.ts";
import type { Upstream } from "./upstream.ts";

/** Something that answers the load: the upstream itself, or what stands before it. */
export interface Contender {
  readonly url: string;
  /** CPU that its process has used so far, in microseconds; null when it has none of its own. */
  cpuUs(): number | null;
  /** Waits until everything that came in is dealt with. @returns what became of the requests, null where nothing counts them */
  settle(): Promise<Accounting | null>;
  stop(): Promise<void>;
}

export interface ContenderPlan {
  readonly name: string;
  readonly start: (upstream: Upstream) => Promise<Contender>;
}

/** In the order of their turns; the first is what the others are held against. */
export const CONTENDERS: readonly ContenderPlan[] = [
  { name: "direct", start: startDirect },
  { name: "no mirror", start: ({ same, twin }) => startShadowdiff(same, twin, ["--percent", "0"]) },
  { name: "mirror, equal answers", start: ({ same, twin }) => startShadowdiff(same, twin, []) },
  { name: "mirror, every body differs", start: ({ same, differing }) => startShadowdiff(same, differing, []) },
];

const SETTLE_MS = 20_000;
const POLL_MS = 250;
/** `getconf CLK_TCK`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function startDirect({ same }: Upstream): Promise<Contender> {
  return Promise.resolve({
    url: same,
    cpuUs: () => null,
    settle: () => Promise.resolve(null),
    stop: () => Promise.resolve(),
  });
}

async function startShadowdiff(primary: string, candidate: string, flags: readonly string[]): Promise<Contender> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  const listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", join(directory, "bench.db")];
  const program = startProgram(["serve", "--primary", primary, "--candidate", candidate, ...listen, ...flags]);
  const [, url = ""] = await program.untilStdout(/^ *proxy +(http:\S+)$/m);
  const [, admin = ""] = await program.untilStdout(/^ *dashboard +(http:\S+)$/m);
  return {
    url,
    cpuUs: () => cpuOf(program.process.pid ?? 0),
    async settle() {
      const deadline = performance.now() + SETTLE_MS;
      for (;;) {
        const { accounting } = (await (await fetch(`${admin}/api/v1/report`)).json()) as Report;
        if (isAtRest(accounting) || performance.now() > deadline) return accounting;
        await delay(POLL_MS);
      }
    },
    async stop() {
      program.process.kill("SIGTERM");
      await program.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isAtRest({ mirrored, compared, skipped }: Accounting): boolean {
  return mirrored === compared + Object.values(skipped).reduce((total, count) => total + count, 0);
}

/** User and system time of all threads, from proc_pid_stat(5): fields 14 and 15, counted after the name in parentheses. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND;
}
