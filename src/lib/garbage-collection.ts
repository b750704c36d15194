import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A smaller heap is not worth a collection: compare and store threads need some 20 MB. */
const SMALL_HEAP_BYTES = 48 * 1024 * 1024;
/** Growth of the heap since the last collection that is worth another one. */
const WORTH_COLLECTING = 1.5;

/** Streamed bytes between two collections. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;
/** Not while the process starts. */
const COLLECT_AFTER_MS = 1_000;
/** Node cuts smaller buffers out of a shared pool, so they take no new memory. */
const MIN_CHUNK_BYTES = 4 * 1024;

let streamedBytes = 0;
let gc: NodeJS.GCFunction | undefined;

/**
 * Runs a full collection in the calling thread, which blocks for some 10 ms, or 60 ms with all of the program. Call it once after
 * startup: V8's young generation grows while the program loads, and only a last-resort collection shrinks it.
 */
export function collectGarbage(): void {
  exposedGc()({ type: "major", execution: "sync", flavor: "last-resort" });
}

/** Collects the garbage of loading in the calling thread, once the process has started. */
export function collectAfterLoading(): void {
  setTimeout(collectGarbage, COLLECT_AFTER_MS);
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

/**
 * Gives memory back after work that needed much of it: call it while the thread is idle. V8 collects when a thread allocates, so
 * a thread without work keeps what it needed last.
 * @returns a function that collects if the heap has grown since it last did
 */
export function createHeapTrimmer(): () => void {
  let trimmedBytes = 0;
  return () => {
    if (memoryOfThread() < Math.max(SMALL_HEAP_BYTES, WORTH_COLLECTING * trimmedBytes)) return;
    collectGarbage();
    trimmedBytes = memoryOfThread();
  };
}

/** The heap, and what its objects hold outside of it. */
function memoryOfThread(): number {
  const { total_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

/** V8 exposes its `gc` function only to contexts that are created while the flag is set. */
function exposedGc(): NodeJS.GCFunction {
  for (;;) {
    setFlagsFromString("--expose-gc");
    const exposed = runInNewContext("globalThis.gc") as NodeJS.GCFunction | undefined;
    setFlagsFromString("--no-expose-gc");
    // Flags belong to the process: another thread can have cleared this one in between.
    if (exposed !== undefined) return exposed;
  }
}
