import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Streamed bytes between two collections. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;
/** Node cuts smaller buffers out of a shared pool, so they take no new memory. */
const MIN_CHUNK_BYTES = 4 * 1024;

let streamedBytes = 0;
let gc: NodeJS.GCFunction | undefined;

/**
 * Runs a full collection in the calling thread, which blocks for some 60 ms. Call it once after startup: V8's young
 * generation grows while the program loads, and only a last-resort collection shrinks it.
 */
export function collectGarbage(): void {
  exposedGc()({ type: "major", execution: "sync", flavor: "last-resort" });
}

/**
 * Counts a chunk of a body for which Node allocated new memory, and collects the young generation every 8 MB (some 50 µs).
 * V8 counts only the small objects that wrap the chunks, and would let 64 MB of chunks pile up before it collects.
 */
export function countStreamedBytes(bytes: number): void {
  if (bytes < MIN_CHUNK_BYTES) return;
  streamedBytes += bytes;
  if (streamedBytes < COLLECT_EVERY_BYTES) return;
  streamedBytes = 0;
  gc ??= exposedGc();
  gc({ type: "minor" });
}

/** V8 exposes its `gc` function only to contexts that are created while the flag is set. */
function exposedGc(): NodeJS.GCFunction {
  setFlagsFromString("--expose-gc");
  const exposed = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  return exposed;
}
