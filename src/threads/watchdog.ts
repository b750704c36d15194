import type { CompareThreadLoss } from "../model/accounting.ts";

const CHECK_EVERY_MS = 500;
const NS_PER_MS = 1_000_000n;

export interface WatchdogOptions {
  /** Milliseconds that one exchange may take. Read at each check, so that a reload takes effect. */
  limitMs(): number;
  restart(index: number): void;
}

/** Restarts a compare thread that spends too long on one exchange. Nothing else stops synchronous code that does not return. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #busySince: BigInt64Array<SharedArrayBuffer>[] = [];
  readonly #timedOut = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  /** @returns the shared cell in which a new thread writes since when it has been busy */
  createBusyCell(index: number): BigInt64Array<SharedArrayBuffer> {
    const cell = (this.#busySince[index] ??= new BigInt64Array(new SharedArrayBuffer(8)));
    Atomics.store(cell, 0, 0n);
    return cell;
  }

  /** Why a thread has ended. */
  takeReason(index: number): CompareThreadLoss {
    return this.#timedOut.delete(index) ? "timeout" : "thread-died";
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const limit = BigInt(this.#options.limitMs()) * NS_PER_MS;
    for (const [index, cell] of this.#busySince.entries()) {
      const since = Atomics.load(cell, 0);
      if (since === 0n || process.hrtime.bigint() - since < limit || this.#timedOut.has(index)) continue;
      this.#timedOut.add(index);
      this.#options.restart(index);
    }
  }
}
