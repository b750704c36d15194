import { threadCpuMs } from "../../lib/runtime/system-thread.ts";
import { createActivity, readActivity, type ThreadActivity } from "./thread-activity.ts";

/** A limit is noticed this late at most. Reading the CPU time of a busy thread takes some 30 µs. */
const CHECK_EVERY_MS = 100;
const NS_PER_MS = 1_000_000n;

export interface WatchdogOptions {
  /** CPU time that one exchange may take, in milliseconds. Read at each check, so that a reload takes effect. */
  limitMs(): number;
  restart(index: number): void;
  /** CPU time of a thread in milliseconds; undefined where the system does not say. */
  readonly cpuMs?: (threadId: number) => number | undefined;
}

interface WatchedThread {
  readonly activity: ThreadActivity;
  /** The exchange that the last check saw, and the CPU time of the thread when a check first saw it. */
  seen: { readonly busySince: bigint; readonly cpuMs: number | undefined } | undefined;
  hasTimedOut: boolean;
}

/**
 * Restarts a compare thread that spends too much CPU time on one exchange. Nothing else stops synchronous code that does not
 * return. A thread that waits for a busy machine is not slow, so the time on the clock counts only on systems that do not say
 * the CPU time of a thread.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #threads = new Map<number, WatchedThread>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  /** @returns shared memory in which a new thread writes what it is doing */
  watch(index: number): ThreadActivity {
    const activity = createActivity();
    this.#threads.set(index, { activity, seen: undefined, hasTimedOut: false });
    return activity;
  }

  /** Whether a thread has ended because of its limit. */
  takeTimedOut(index: number): boolean {
    const hasTimedOut = this.#threads.get(index)?.hasTimedOut === true;
    this.#threads.delete(index);
    return hasTimedOut;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    for (const [index, thread] of this.#threads) {
      if (thread.hasTimedOut || this.#usedMs(thread) < this.#options.limitMs()) continue;
      thread.hasTimedOut = true;
      this.#options.restart(index);
    }
  }

  /** The time that the current exchange has taken since a check first saw it. */
  #usedMs(thread: WatchedThread): number {
    const { busySince, threadId } = readActivity(thread.activity);
    if (busySince === undefined) {
      thread.seen = undefined;
      return 0;
    }
    const cpuMs = (this.#options.cpuMs ?? threadCpuMs)(threadId);
    if (thread.seen?.busySince !== busySince) thread.seen = { busySince, cpuMs };
    if (cpuMs === undefined || thread.seen.cpuMs === undefined) {
      return Number((process.hrtime.bigint() - busySince) / NS_PER_MS);
    }
    return cpuMs - thread.seen.cpuMs;
  }
}
