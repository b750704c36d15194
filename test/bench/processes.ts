import { readdirSync, readFileSync } from "node:fs";

/** `getconf CLK_TCK`: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;
const KB_PER_MB = 1024;

/** Returns the user and system CPU time of a process tree in microseconds (proc_pid_stat(5)). */
export function cpuOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + cpuOfStat(textOf(`/proc/${one}/stat`) ?? ""), 0);
}

/**
 * Returns the CPU time of the threads of a process with this name prefix, in microseconds. Node names a thread like its worker,
 * truncated to 15 characters.
 */
export function cpuOfThreads(pid: number, prefix: string): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  const named = threads.filter((thread) => textOf(`${thread}/comm`)?.startsWith(prefix) === true);
  if (named.length === 0) throw new Error(`process ${pid} has no thread whose name begins with ${prefix}`);
  return named.reduce((sum, thread) => sum + cpuOfStat(textOf(`${thread}/stat`) ?? ""), 0);
}

/** Returns the peak resident memory of a process tree in MB (proc_pid_status(5)). */
export function peakMemoryOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + megabytes(one, "VmHWM"), 0);
}

/** Returns the current resident memory in MB. */
export function memoryOf(pid: number): number {
  return megabytes(pid, "VmRSS");
}

/** Returns the limit of open files of a process (proc_pid_limits(5)); each connection is one. */
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

/** Sums utime and stime, fields 14 and 15. */
function cpuOfStat(stat: string): number {
  const fields = fieldsOf(stat);
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1_000_000) / TICKS_PER_SECOND;
}

/** Returns the fields from number 3 on, after the name in parentheses, which can contain spaces. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Returns undefined when the process has ended. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
