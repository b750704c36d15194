/**
 * Where a compare thread is in a batch, in memory that both threads share, so that the proxy thread can tell which exchange a
 * dead thread was comparing.
 */
export type BatchProgress = Int32Array<SharedArrayBuffer>;

/** The batch waits, or is finished. */
const IDLE = 0;
/** The thread is in the batch, but in none of its exchanges. */
const BETWEEN = -1;

export type ProgressState =
  | { readonly at: "idle" }
  | { readonly at: "between" }
  /** `position`: of the exchange in the batch, from 0. */
  | { readonly at: "exchange"; readonly position: number };

export function createProgress(): BatchProgress {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function readProgress(progress: BatchProgress): ProgressState {
  const state = Atomics.load(progress, 0);
  if (state === IDLE) return { at: "idle" };
  return state === BETWEEN ? { at: "between" } : { at: "exchange", position: state - 1 };
}

export function enterExchange(progress: BatchProgress, position: number): void {
  Atomics.store(progress, 0, position + 1);
}

export function leaveExchange(progress: BatchProgress): void {
  Atomics.store(progress, 0, BETWEEN);
}

/** The batch is finished, or waits for another thread. */
export function resetProgress(progress: BatchProgress): void {
  Atomics.store(progress, 0, IDLE);
}
