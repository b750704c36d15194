import { readFileSync, readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** The id of the calling thread in the operating system; 0 on systems other than Linux. */
export function currentThreadId(): number {
  try {
    // The link reads `<process>/task/<thread>`; it exists only on Linux.
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

/**
 * Lowers the priority of the calling thread, so that threads of normal priority run first. Only Linux has a priority per
 * thread; on other systems, or without permission, this has no effect.
 */
export function lowerThreadPriority(): void {
  const id = currentThreadId();
  if (id === 0) return;
  try {
    setPriority(id, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // The priority is only an optimization.
  }
}

/** USER_HZ, the unit of times in /proc on every platform of Node. */
const TICKS_PER_SECOND = 100;
/** Fields 14 and 15 of proc_pid_stat(5), counted from the state, which follows the name in parentheses. */
const [USER_TIME, SYSTEM_TIME] = [11, 12];

/**
 * The CPU time of a thread of this process in milliseconds, whatever the thread is doing.
 * @returns undefined where the system does not say
 */
export function threadCpuMs(id: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
