import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../src/model/report.ts";
import { startLoad, type LoadResponse } from "../integration/load.ts";
import { brokenInvariants, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { bodyOf } from "./version-body.ts";
import { type Fault, FAULTS, HEALTHY } from "./faults.ts";

const CONNECTIONS = 8;
const PAUSE_MS = 2;
const REST_MS = 30_000;
/** Timeout of the candidates: a fault must end before the next one is measured. */
const CANDIDATE_TIMEOUT = "1s";

/** Measurements of the clients; times in milliseconds. */
export interface Figures {
  readonly requests: number;
  /** Responses that differ from the primary's in at least one byte. */
  readonly changed: number;
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
}

export interface FaultSuite {
  /** Sends requests during this fault. */
  inject(fault: Fault, ms: number): Promise<readonly LoadResponse[]>;
  /** Sends requests with a healthy candidate. */
  healthy(ms: number): Promise<readonly LoadResponse[]>;
  /** Waits until everything is counted. @returns the sums that are wrong, per candidate */
  accounting(): Promise<string[]>;
  /** Resident memory of shadowdiff. */
  memoryMb(): number;
  stop(): Promise<void>;
}

/** One shadowdiff with a route for each fault, so that all are measured in one process, in turns. */
export async function startFaultSuite(): Promise<FaultSuite> {
  // The primary runs in a separate process, so that a candidate in the same event loop does not distort the measurement.
  const [primary, candidates] = await Promise.all([startVersions(), startVersions()]);
  const ports = { ...candidates.ports, primary: primary.ports["primary"] ?? 0 };
  const file = join(mkdtempSync(join(tmpdir(), "shadowdiff-fault-")), "shadowdiff.yaml");
  const healthy: Fault = { name: HEALTHY, url: (all) => `http://127.0.0.1:${all[HEALTHY]}` };
  const faults = [healthy, ...FAULTS];
  writeFileSync(file, documentOf(faults, ports));
  const shadowdiff = await startShadowdiff({ args: ["--config", file] });
  let sent = 0;

  async function measure({ name, chaos }: Fault, ms: number): Promise<readonly LoadResponse[]> {
    const load = startLoad(shadowdiff.proxy, (index) => `/${name}/${index}`, CONNECTIONS, PAUSE_MS);
    if (chaos !== undefined) shadowdiff.chaos(chaos);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const responses = await load.stop();
    sent += responses.length;
    return responses;
  }

  return {
    inject: measure,
    healthy: (ms) => measure(healthy, ms),
    accounting: async () => (await Promise.all(faults.map(({ name }) => problemsOf(shadowdiff, name, sent)))).flat(),
    memoryMb: () => residentMb(shadowdiff.process.pid),
    async stop() {
      await shadowdiff.stop();
      primary.process.disconnect();
      candidates.process.disconnect();
    },
  };
}

interface Versions {
  readonly process: ChildProcess;
  readonly ports: Readonly<Record<string, number>>;
}

async function startVersions(): Promise<Versions> {
  const process = fork(join(import.meta.dirname, "versions.ts"), { execArgv: [] });
  const [ports] = (await once(process, "message")) as [Versions["ports"]];
  return { process, ports };
}

function documentOf(faults: readonly Fault[], ports: Readonly<Record<string, number>>): string {
  return JSON.stringify({
    subsets: {
      primary: { url: `http://127.0.0.1:${ports["primary"]}` },
      ...Object.fromEntries(faults.map((fault) => [fault.name, { url: fault.url(ports) }])),
    },
    routes: faults.map(({ name }) => ({
      name,
      match: [{ uri: { prefix: `/${name}/` } }],
      primary: [{ subset: "primary" }],
      candidates: [{ subset: name, timeout: CANDIDATE_TIMEOUT }],
    })),
  });
}

/** @param responses of one turn or of several */
export function figuresOf(responses: readonly LoadResponse[]): Figures {
  const times = responses.map(({ ms }) => ms).toSorted((left, right) => left - right);
  const quantile = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  const failed = responses.filter(({ status }) => status !== 200);
  return {
    requests: responses.length,
    errors: failed.length,
    changed: responses.filter(({ path, body }) => body !== bodyOf(path)).length - failed.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}

/** @returns one line for each sum that is wrong after everything had time to be counted */
async function problemsOf({ admin }: Shadowdiff, candidate: string, sent: number): Promise<string[]> {
  const deadline = performance.now() + REST_MS;
  for (;;) {
    const report = (await (await fetch(`${admin}/api/v1/report?candidate=${candidate}`)).json()) as Report;
    const { received, inFlight } = report.accounting;
    const problems = [
      ...(received === sent ? brokenInvariants(report) : [`received: ${received} ≠ ${sent} sent`]),
      ...(inFlight === 0 ? [] : [`in flight: ${inFlight}`]),
    ];
    if (problems.length === 0) return [];
    if (performance.now() > deadline) return problems.map((problem) => `${candidate}: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function residentMb(pid: number | undefined): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(line?.[1]) / 1024);
}
