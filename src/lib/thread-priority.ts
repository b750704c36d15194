import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

/**
 * Lets the calling thread run only on time that threads of normal priority leave. Only Linux has priorities of single
 * threads; elsewhere, or where it is not allowed, nothing happens.
 */
export function lowerThreadPriority(): void {
  try {
    // `<process>/task/<thread>`; elsewhere the link does not exist.
    const threadId = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    setPriority(threadId, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // An optimisation less.
  }
}
