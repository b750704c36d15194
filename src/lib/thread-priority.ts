import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

/**
 * Lowers the priority of the calling thread, so that threads of normal priority run first. Only Linux has a priority per
 * thread; on other systems, or without permission, this has no effect.
 */
export function lowerThreadPriority(): void {
  try {
    // The link reads `<process>/task/<thread>`; it exists only on Linux.
    const threadId = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    setPriority(threadId, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // The priority is only an optimization.
  }
}
