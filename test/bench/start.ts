/**
 * Measures starts: the time until the first response through the proxy, without and with cached code, and the memory of an idle
 * process.
 *   npm run bench:start -- [--turns 5] [--idle 5] [--program FILE] [--out FILE]
 * `--program` starts the `src/shadowdiff.js` of another checkout or of an unpacked npm package.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startProgram } from "../commands/run-program.ts";
import { freePort } from "../tools/free-port.ts";
import { goalsTable, judge, shown, type Goal } from "./goals.ts";
import { writeResults } from "./machine.ts";
import { cpuOf, memoryOf } from "./processes.ts";
import { readNumbers } from "./settings.ts";
import { spreadOf } from "./statistics.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const POLL_MS = 2;
const PATIENCE_MS = 30_000;

interface Start {
  /** From the start of the process to the first response. */
  readonly ms: number;
  /** CPU time of the process in that time. */
  readonly cpuMs: number;
  /** Resident memory after some seconds without a request. */
  readonly idleMb: number;
}

/** @param cache folder of compiled code @param idle seconds until the memory is measured */
async function measureStart(upstream: Upstream, cache: string, idle: number, program?: string): Promise<Start> {
  const directory = mkdtempSync(join(tmpdir(), "bench-start-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const addresses = ["--listen", new URL(url).host, "--admin", "127.0.0.1:0", "--store", join(directory, "bench.db")];
  const args = ["serve", "--primary", upstream.same, "--candidate", upstream.twin, ...addresses];
  const began = performance.now();
  const running = startProgram(args, { NODE_COMPILE_CACHE: cache }, [], program);
  try {
    while (!(await responds(url))) {
      const isLate = performance.now() - began > PATIENCE_MS;
      if (isLate || running.process.exitCode !== null) throw new Error(`shadowdiff does not respond at ${url}`);
      await delay(POLL_MS);
    }
    const ms = performance.now() - began;
    const pid = running.process.pid ?? 0;
    const cpuMs = cpuOf(pid) / 1_000;
    await delay(idle * 1_000);
    return { ms, cpuMs, idleMb: memoryOf(pid) };
  } finally {
    running.process.kill("SIGTERM");
    await running.ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

function responds(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

/** A start with an empty folder of compiled code, and another one with what the first has left there. */
interface Turn {
  readonly cold: Start;
  readonly warm: Start;
}

const GOALS: readonly (Goal & { readonly of: (turn: Turn) => number })[] = [
  { name: "cold: first response, s", is: "at most", limit: 0.8, of: ({ cold }) => cold.ms / 1_000 },
  { name: "warm: first response, s", is: "at most", limit: 0.4, of: ({ warm }) => warm.ms / 1_000 },
  { name: "cold: CPU until the first response, s", is: "at most", limit: null, of: ({ cold }) => cold.cpuMs / 1_000 },
  { name: "warm: CPU until the first response, s", is: "at most", limit: null, of: ({ warm }) => warm.cpuMs / 1_000 },
  { name: "cold: idle memory, MB", is: "at most", limit: null, of: ({ cold }) => cold.idleMb },
  { name: "warm: idle memory, MB", is: "at most", limit: 130, of: ({ warm }) => warm.idleMb },
];

const { numbers, texts } = readNumbers({ turns: 5, idle: 5 }, ["program", "out"]);
const upstream = await startUpstream(1024);
const turns: Turn[] = [];
try {
  while (turns.length < numbers.turns) {
    const cache = mkdtempSync(join(tmpdir(), "bench-cache-"));
    const start = () => measureStart(upstream, cache, numbers.idle, texts["program"]);
    const turn: Turn = { cold: await start(), warm: await start() };
    turns.push(turn);
    rmSync(cache, { recursive: true, force: true });
    console.log(`turn ${turns.length}  cold ${shown(turn.cold.ms)} ms, warm ${shown(turn.warm.ms)} ms`);
  }
} finally {
  await upstream.stop();
}
const goals = GOALS.map(({ of, ...goal }) => {
  const { median, min, max } = spreadOf(turns.map(of));
  return judge(goal, median, [min, max]);
});
console.log(`\n${goalsTable(goals)}`);
writeResults(texts["out"], { settings: numbers, turns, goals });
