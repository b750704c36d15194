import { readdirSync, readFileSync } from "node:fs";

/** `getconf CLK_TCK`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KB_PER_MB = 1024;

/** CPU time of a process and all that descend from it, user and system, in microseconds (proc_pid_stat(5)). */
export function cpuOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + cpuOfStat(textOf(`/proc/${one}/stat`) ?? ""), 0);
}

/**
 * CPU time of the threads of a process whose names begin so, in microseconds. Node names a worker's thread as the worker,
 * cut after 15 characters.
 */
export function cpuOfThreads(pid: number, prefix: string): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  const named = threads.filter((thread) => textOf(`${thread}/comm`)?.startsWith(prefix) === true);
  if (named.length === 0) throw new Error(`process ${pid} has no thread whose name begins with ${prefix}`);
  return named.reduce((sum, thread) => sum + cpuOfStat(textOf(`${thread}/stat`) ?? ""), 0);
}

/** Largest resident memory so far, of a process and all that descend from it, in MB (proc_pid_status(5)). */
export function peakMemoryOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + megabytes(one, "VmHWM"), 0);
}

/** Resident memory now, in MB. */
export function memoryOf(pid: number): number {
  return megabytes(pid, "VmRSS");
}

/** How many files a process may have open (proc_pid_limits(5)); a connection is one. */
export function openFilesLimit(pid: number | "self"): number {
  const limit = /^Max open files\s+(\S+)/m.exec(textOf(`/proc/${pid}/limits`) ?? "")?.[1];
  return limit === "unlimited" ? Infinity : Number(limit);
}

function megabytes(pid: number, field: "VmHWM" | "VmRSS"): number {
  const status = textOf(`/proc/${pid}/status`) ?? "";
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / KB_PER_MB;
}

function treeOf(pid: number): readonly number[] {
  const children = readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const parent = Number(fieldsOf(textOf(`/proc/${name}/stat`) ?? "")[1]);
    return parent === pid ? [Number(name)] : [];
  });
  return [pid, ...children.flatMap(treeOf)];
}

/** Fields 14 and 15. */
function cpuOfStat(stat: string): number {
  const fields = fieldsOf(stat);
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1_000_000) / TICKS_PER_SECOND;
}

/** From field 3 on: what follows the name, which may hold spaces, in parentheses. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Undefined when the process has ended in the meantime. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
