import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Memory of streamed chunks between two collections. */
const COLLECT_AT_BYTES = 8 * 1024 * 1024;
/** Smaller buffers come out of shared memory. */
const SMALLEST_BYTES = 4 * 1024;

let streamed = 0;
let collectYoung: (() => void) | undefined;

/**
 * To be told of each chunk of a body for which Node has taken new memory. V8 sees little of a large body but the objects in
 * front of its chunks, and would let 64 MB of them gather before it looks; a collection of the young ones takes some 50 µs.
 */
export function streamedChunk(bytes: number): void {
  if (bytes < SMALLEST_BYTES) return;
  streamed += bytes;
  if (streamed < COLLECT_AT_BYTES) return;
  streamed = 0;
  collectYoung ??= youngCollector();
  collectYoung();
}

/** V8 gives this function to contexts that are made while the flag is set, and to no other. */
function youngCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" }) => void;
  setFlagsFromString("--no-expose-gc");
  return () => gc({ type: "minor" });
}
