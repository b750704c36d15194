/**
 * What a compare thread is doing, in memory that it shares with the watchdog of the main thread. Cells: since when it has been
 * busy with one exchange (`process.hrtime.bigint()`, the same clock in all threads; 0 when idle), and its id in the system.
 */
export type ThreadActivity = BigInt64Array<SharedArrayBuffer>;

const BUSY_SINCE = 0;
const THREAD_ID = 1;

export function createActivity(): ThreadActivity {
  return new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
}

/** @returns the moment as a number that differs for each exchange, in nanoseconds; undefined when idle */
export function readActivity(activity: ThreadActivity): { busySince: bigint | undefined; threadId: number } {
  const busySince = Atomics.load(activity, BUSY_SINCE);
  return {
    busySince: busySince === 0n ? undefined : busySince,
    threadId: Number(Atomics.load(activity, THREAD_ID)),
  };
}

export function setThread(activity: ThreadActivity, threadId: number): void {
  Atomics.store(activity, THREAD_ID, BigInt(threadId));
}

export function setBusy(activity: ThreadActivity): void {
  Atomics.store(activity, BUSY_SINCE, process.hrtime.bigint());
}

export function setIdle(activity: ThreadActivity): void {
  Atomics.store(activity, BUSY_SINCE, 0n);
}
