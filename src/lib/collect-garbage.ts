import { exposedGc } from "./exposed-gc.ts";

/**
 * Gives back what the calling thread does not need, above all its young generation: that grows while the program loads, and
 * shrinks only in a collection to the last, which V8 does not come to by itself. The thread stands still for some 60 ms.
 */
export function collectGarbage(): void {
  exposedGc()({ type: "major", execution: "sync", flavor: "last-resort" });
}
