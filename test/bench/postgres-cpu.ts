import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Postgres } from "../tools/start-postgres.ts";

/** Of the kernel's accounting on Linux (sysconf _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat after the name of the program: parent; time in user and kernel mode, and that of ended children. */
const PARENT = 1;
const TIMES = [11, 12];
const CHILDREN_TIMES = [13, 14];

/** @returns CPU seconds of all processes of a server so far, also of those that have ended */
export function cpuSecondsOf(server: Postgres): number {
  const [first = ""] = readFileSync(join(server.data, "postmaster.pid"), "utf8").split("\n");
  const parent = Number(first);
  const ticks = processes()
    .filter((pid) => pid === parent || parentOf(pid) === parent)
    .flatMap((pid) => {
      const fields = fieldsOf(pid);
      return [...TIMES, ...(pid === parent ? CHILDREN_TIMES : [])].map((field) => Number(fields[field] ?? 0));
    });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

function processes(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);
}

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[PARENT]);
}

/** No fields if the process has ended. */
function fieldsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}
