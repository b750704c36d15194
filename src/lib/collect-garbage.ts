import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Gives back what the calling thread does not need, above all its young generation: that grows while the program loads, and
 * shrinks only in a collection to the last, which V8 does not come to by itself. The thread stands still for some 60 ms.
 */
export function collectGarbage(): void {
  // A function `gc` is there only in contexts that are made while the flag is set.
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
