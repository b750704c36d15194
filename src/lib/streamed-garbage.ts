import { exposedGc } from "./exposed-gc.ts";

/** Memory of streamed chunks between two collections. */
const COLLECT_AT_BYTES = 8 * 1024 * 1024;
/** Smaller buffers come out of shared memory. */
const SMALLEST_BYTES = 4 * 1024;

let streamed = 0;
let gc: NodeJS.GCFunction | undefined;

/**
 * To be told of each chunk of a body for which Node has taken new memory. V8 sees little of a large body but the objects in
 * front of its chunks, and would let 64 MB of them gather before it looks; a collection of the young ones takes some 50 µs.
 */
export function streamedChunk(bytes: number): void {
  if (bytes < SMALLEST_BYTES) return;
  streamed += bytes;
  if (streamed < COLLECT_AT_BYTES) return;
  streamed = 0;
  gc ??= exposedGc();
  gc({ type: "minor" });
}
