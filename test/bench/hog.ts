/** Keeps a core busy until its parent ends, even if that is killed: `fork("hog.ts", ["cpu" | "memory"])`. */
const SLICE_MS = 10;
/** Larger than the caches of the processor, so that every pass reads and writes memory. */
const MEMORY_BYTES = 256 * 1024 * 1024;
/** Elements between two looks at the clock: 1 MiB. */
const CHUNK = 128 * 1024;

const numbers = process.argv[2] === "memory" ? new Float64Array(MEMORY_BYTES / Float64Array.BYTES_PER_ELEMENT) : null;
let at = 0;
let spun = 0;

/** Yields between slices, so that the event of a lost parent arrives. */
function slice(): void {
  for (const end = performance.now() + SLICE_MS; performance.now() < end;) {
    if (numbers === null) for (let index = 0; index < CHUNK; index += 1) spun = (spun * 31 + index) % CHUNK;
    else stream(numbers);
  }
  setImmediate(slice);
}

function stream(memory: Float64Array): void {
  const end = Math.min(at + CHUNK, memory.length);
  for (let index = at; index < end; index += 1) memory[index] = (memory[index] as number) + 1;
  at = end === memory.length ? 0 : end;
}

process.once("disconnect", () => process.exit());
slice();
process.send?.("busy");
