import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SeenReport } from "./seen-report.ts";
import type { Fault, ServerConfig } from "./server-config.ts";

/** Where the noise is known from. */
export const MODES = ["secondary", "self-check", "neither"] as const;
export type Mode = (typeof MODES)[number];

const TWIN_SERVER = join(import.meta.dirname, "twin-server.ts");
/** Every mirrored request has a response or a timeout by then, and is stored. */
const REST_MS = 12_000;
const REST_POLL_MS = 100;
const FETCH_MS = 10_000;
const STOP_MS = 15_000;

export interface Setup {
  /** The checkout whose program runs. */
  readonly target: string;
  readonly mode: Mode;
  /** Percentage of requests that the self-check repeats. */
  readonly selfCheck: number;
  readonly primary: ServerConfig;
  readonly candidate: ServerConfig;
  /** Further flags of `serve`. */
  readonly args: readonly string[];
}

/** The program with its servers, as one rehearsal. */
export interface Rehearsal {
  readonly proxy: string;
  /** @throws for any status code other than 2xx */
  call<Body>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<Body>;
  report(): Promise<SeenReport>;
  /** Waits until all requests of the run are compared or skipped. @returns the last report, at rest or not after 12 s */
  reportAtRest(requests: number): Promise<SeenReport>;
  /** Gives the candidate another fault. */
  breakCandidate(fault: Fault): void;
  /** Ends all processes and removes the store. */
  stop(): Promise<void>;
}

/** Starts the servers and the real program on free ports, with a store in a folder of its own. */
export async function startRehearsal(setup: Setup): Promise<Rehearsal> {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-aa-"));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(endProcess));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { primary, candidate, mode } = setup;
    const configs = [primary, candidate, ...(mode === "secondary" ? [{ ...primary, role: "secondary" }] : [])];
    const servers = configs.map((config) => fork(TWIN_SERVER, [JSON.stringify(config)], { serialization: "json" }));
    children.push(...servers);
    const [primaryUrl, candidateUrl, secondaryUrl] = await Promise.all(servers.map(urlOf));
    const flags = [
      `--primary=old=${primaryUrl}`,
      `--candidate=new=${candidateUrl}`,
      "--listen=127.0.0.1:0",
      "--admin=127.0.0.1:0",
      `--store=sqlite:${join(folder, "aa.db")}`,
      ...(secondaryUrl === undefined ? [] : [`--secondary=twin=${secondaryUrl}`]),
      ...(mode === "self-check" ? [`--self-check=${setup.selfCheck}`] : []),
      ...setup.args,
    ];
    const program = spawn(process.execPath, [join(setup.target, "src/shadowdiff.js"), "serve", ...flags]);
    children.push(program);
    const { proxy, admin } = await addressesOf(program);
    const call = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
      const content =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await fetch(admin + path, { method, ...content, signal: AbortSignal.timeout(FETCH_MS) });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Body;
    };
    const report = (): Promise<SeenReport> => call("GET", "/api/v1/report");
    return {
      proxy,
      call,
      report,
      async reportAtRest(requests) {
        const deadline = performance.now() + REST_MS;
        for (;;) {
          const last = await report();
          const { received, inFlight = 0, mirrored, compared, skipped } = last.accounting;
          const skips = Object.values(skipped).reduce((sum, count) => sum + count, 0);
          const isAtRest = received >= requests && inFlight === 0 && mirrored === compared + skips;
          if (isAtRest || performance.now() > deadline) return last;
          await delay(REST_POLL_MS);
        }
      },
      breakCandidate: (fault) => void servers[1]?.send(fault),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function urlOf(server: ChildProcess): Promise<string> {
  const [port] = (await Promise.race([
    once(server, "message"),
    once(server, "exit").then(([code]) => {
      throw new Error(`a server ended with ${String(code)}`);
    }),
  ])) as [number];
  return `http://127.0.0.1:${port}`;
}

/** Waits until the program prints its addresses. */
async function addressesOf(program: ChildProcess): Promise<{ proxy: string; admin: string }> {
  let output = "";
  return new Promise((resolve, reject) => {
    program.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    program.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const [proxy, admin] = [/^\s*proxy\s+(http:\S+)/m, /^\s*dashboard\s+(http:\S+)/m].map((line) =>
        line.exec(output)?.[1]?.replace(/\/$/, ""),
      );
      if (proxy !== undefined && admin !== undefined) resolve({ proxy, admin });
    });
    program.once("exit", (code) => reject(new Error(`the program ended with ${code}: ${output}`)));
  });
}

/** Asks a process to end, and kills it if it does not. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const killing = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(killing);
}
