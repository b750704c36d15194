const LOOK_EVERY_MS = 500;
const NS_PER_MS = 1_000_000n;

export interface WatchdogOptions {
  /** Milliseconds for one exchange; asked each time. */
  limitMs(): number;
  kill(index: number): void;
}

/** Ends a compare thread that sits on one exchange for too long: the only cure for code that does not come back. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #cells: BigInt64Array<SharedArrayBuffer>[] = [];
  readonly #timedOut = new Set<number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Where a new thread writes since when it is busy. */
  cell(index: number): BigInt64Array<SharedArrayBuffer> {
    const cell = (this.#cells[index] ??= new BigInt64Array(new SharedArrayBuffer(8)));
    Atomics.store(cell, 0, 0n);
    return cell;
  }

  /** Why a thread that is gone has ended. */
  reasonOf(index: number): "timeout" | "thread-died" {
    return this.#timedOut.delete(index) ? "timeout" : "thread-died";
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const limit = BigInt(this.#options.limitMs()) * NS_PER_MS;
    for (const [index, cell] of this.#cells.entries()) {
      const since = Atomics.load(cell, 0);
      if (since === 0n || process.hrtime.bigint() - since < limit || this.#timedOut.has(index)) continue;
      this.#timedOut.add(index);
      this.#options.kill(index);
    }
  }
}
