import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../src/model/report.ts";
import type { Chaos } from "./chaos.ts";

const CLI = join(import.meta.dirname, "../../src/shadowdiff.js");
const CHAOS = join(import.meta.dirname, "chaos.ts");

export interface Shadowdiff {
  readonly proxy: string;
  readonly admin: string;
  readonly store: string;
  readonly process: ChildProcess;
  stdout(): string;
  /** Everything that the program has written to stderr. */
  stderr(): string;
  chaos(what: Chaos): void;
  /** Fetches JSON from a path of the admin listener. @throws for any status code other than 200 */
  get<Body>(path: string): Promise<Body>;
  /** The sum of all series of a metric that carry these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  report(): Promise<Report>;
  /** Waits until the report fulfills the condition. @throws with the last report if that does not change for 20 s */
  reportWhere(condition: (report: Report) => boolean): Promise<Report>;
  /** Sends SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

export interface StartOptions {
  readonly args: readonly string[];
  /** Default: a new file in a new directory. */
  readonly store?: string;
  /** A shell command for the process before it becomes the program. */
  readonly before?: string | undefined;
}

/** Starts the real program on free ports, and waits until it prints its URLs. */
export async function startShadowdiff(options: StartOptions): Promise<Shadowdiff> {
  const store = options.store ?? join(mkdtempSync(join(tmpdir(), "shadowdiff-")), "test.db");
  const listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", store];
  const child = launch(["serve", ...listen, ...options.args], options);
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const urls = await new Promise<string[]>((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      const found = [/^\s*proxy\s+(https?:\S+)/m, /^\s*dashboard\s+(http:\S+)/m].map(
        (line) => line.exec(stdout)?.[1] ?? "",
      );
      if (found.every((url) => url !== "")) resolve(found.map((url) => url.replace(/\/$/, "")));
    });
    child.once("exit", (code) => reject(new Error(`shadowdiff ended with ${code}: ${stdout}${stderr}`)));
  });
  const [proxy, admin] = urls as [string, string];

  async function get<Body>(path: string): Promise<Body> {
    const response = await fetch(admin + path);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }
  const report = () => get<Report>("/api/v1/report");

  return {
    proxy,
    admin,
    store,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    chaos: (what) => void child.send(what),
    get,
    async metric(name, labels = {}) {
      const text = await (await fetch(`${admin}/metrics`)).text();
      return sumOfSeries(text, name, labels);
    },
    report,
    async reportWhere(condition) {
      let [counts, deadline] = ["", 0];
      for (;;) {
        const last = await report();
        if (condition(last)) return last;
        const before = counts;
        counts = JSON.stringify(last.accounting);
        // A busy machine is slow, but gets on.
        if (counts !== before) deadline = performance.now() + 60_000;
        if (performance.now() > deadline) throw new Error(`not reached: ${JSON.stringify(last, null, 2)}\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

function launch(args: readonly string[], { before }: StartOptions): ChildProcess {
  const execArgv = ["--import", CHAOS];
  const stdio: ["ignore", "pipe", "pipe", "ipc"] = ["ignore", "pipe", "pipe", "ipc"];
  if (before === undefined) return fork(CLI, args, { execArgv, stdio });
  const limited = ["-c", `${before}; exec "$0" "$@"`, process.execPath, ...execArgv];
  return fork(CLI, args, { execPath: "bash", execArgv: limited, stdio });
}

function sumOfSeries(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Checks the invariants of the accounting. @returns one line for each violation */
export function brokenInvariants(report: Report): string[] {
  const a = report.accounting;
  const checks: [string, number, number][] = [
    ["received", a.received, sum(a.notMirrored) + a.sampledOut + a.mirrored + sum(a.dropped)],
    ["mirrored", a.mirrored, a.compared + sum(a.skipped)],
    ["lost", a.lost, 0],
    ["compared", a.compared, a.matched + a.differed],
    ["endpoints", a.compared, report.endpoints.reduce((total, endpoint) => total + endpoint.compared, 0)],
  ];
  return checks.filter(([, left, right]) => left !== right).map(([name, left, right]) => `${name}: ${left} ≠ ${right}`);
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}

export function isAtRest(report: Report, received: number): boolean {
  const { accounting } = report;
  return accounting.received >= received && accounting.inFlight === 0 && brokenInvariants(report).length === 0;
}
