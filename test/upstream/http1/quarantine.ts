import { setImmediate as nextTurn } from "node:timers/promises";

/** Waits until connections have left the quarantine. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}
