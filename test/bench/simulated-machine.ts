import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../tools/require-tool.ts";
import { endChild } from "./child.ts";

export const MACHINE_NAMES = ["quiet", "one-core", "cpu-hog", "memory-hog", "hogs"] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];

interface SimulatedMachine {
  /** Upstream, load generator and proxy share the first core. */
  readonly isOneCore?: true;
  /** Neighbors on the last core. */
  readonly hogs: readonly ("cpu" | "memory")[];
}

const MACHINES: Readonly<Record<MachineName, SimulatedMachine>> = {
  quiet: { hogs: [] },
  "one-core": { isOneCore: true, hogs: [] },
  "cpu-hog": { hogs: ["cpu"] },
  "memory-hog": { hogs: ["memory"] },
  hogs: { hogs: ["cpu", "memory"] },
};

export const TASKSET_MISSING =
  "taskset is not installed: run apt-get install -y --no-install-recommends util-linux, or choose --machine quiet";

export function findTaskset(): string | undefined {
  return findProgram(["taskset"]);
}

/** Does work on a machine that is slower than this one. Processes that start during the work inherit its cores. */
export async function onMachine<Result>(name: MachineName, work: () => Promise<Result>): Promise<Result> {
  const { isOneCore, hogs } = MACHINES[name];
  const cores = allowedCores();
  const [first = "0", last = "0"] = [/^\d+/.exec(cores)?.[0], /\d+$/.exec(cores)?.[0]];
  const neighbors: ChildProcess[] = [];
  try {
    for (const hog of hogs) neighbors.push(await startHog(hog, last));
    if (isOneCore === true) pin(process.pid, first);
    return await work();
  } finally {
    if (isOneCore === true) pin(process.pid, cores);
    for (const neighbor of neighbors) await endChild(neighbor);
  }
}

async function startHog(kind: string, core: string): Promise<ChildProcess> {
  const hog = fork(join(import.meta.dirname, "hog.ts"), [kind], { execArgv: [] });
  await once(hog, "message");
  pin(hog.pid ?? 0, core);
  return hog;
}

/** Restricts all threads of a process. @param cores a list as 0-1,3 */
function pin(pid: number, cores: string): void {
  execFileSync(findTaskset() ?? "taskset", ["--all-tasks", "--cpu-list", "--pid", cores, String(pid)], {
    stdio: "pipe",
  });
}

/** proc_pid_status(5) */
function allowedCores(): string {
  const status = readFileSync("/proc/self/status", "utf8");
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "";
}
