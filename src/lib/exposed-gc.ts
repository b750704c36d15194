import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8's function that collects garbage. It gives it to contexts that are made while the flag is set, and to no other. */
export function exposedGc(): NodeJS.GCFunction {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  return gc;
}
