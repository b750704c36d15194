import { extname } from "node:path";
import { WorkerThread, type WorkerThreadOptions } from "../lib/runtime/worker-thread.ts";

/** A thread that lived this long is healthy: its next failure counts as the first one. */
const HEALTHY_MS = 10_000;
const FIRST_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 5_000;

export interface ThreadSlotOptions<FromThread> extends Omit<
  WorkerThreadOptions<FromThread>,
  "file" | "onExit" | "workerData"
> {
  readonly kind: "proxy" | "compare" | "store";
  /** Called for each thread that the slot starts. */
  createWorkerData(): unknown;
  /** A thread has started and accepts messages. */
  onStart(): void;
  /** The thread ended unexpectedly. The slot starts another one. */
  onDeath(error: Error | undefined): void;
}

/**
 * Keeps one worker thread running. When the thread dies, the slot starts another one: at once the first time, then with a
 * delay that doubles, so that a thread that crashes at start does not use up the CPU.
 */
export class ThreadSlot<ToThread, FromThread> {
  readonly name: string;
  restarts = 0;
  readonly #options: ThreadSlotOptions<FromThread>;
  #thread: WorkerThread<ToThread, FromThread> | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #failuresInRow = 0;
  #lastDeathMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: ThreadSlotOptions<FromThread>) {
    this.name = options.name;
    this.#options = options;
  }

  /** Undefined before `start`, and between a death and the restart. */
  get thread(): WorkerThread<ToThread, FromThread> | undefined {
    return this.#thread;
  }

  start(): void {
    this.#thread = new WorkerThread<ToThread, FromThread>({
      ...this.#options,
      file: fileOf(this.#options.kind),
      workerData: this.#options.createWorkerData(),
      onExit: (error) => this.#handleExit(error),
    });
    this.#options.onStart();
  }

  /** Terminates the thread. The slot starts another one. */
  restart(): void {
    void this.#thread?.terminate();
  }

  /** Terminates the thread permanently. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restartTimer);
    await this.#thread?.terminate();
  }

  #handleExit(error: Error | undefined): void {
    this.#thread = undefined;
    if (this.#isClosed) return;
    this.restarts += 1;
    this.#options.onDeath(error);
    this.#restartTimer = setTimeout(() => this.start(), this.#nextDelayMs());
  }

  #nextDelayMs(): number {
    const now = performance.now();
    this.#failuresInRow = now - this.#lastDeathMs > HEALTHY_MS ? 0 : this.#failuresInRow + 1;
    this.#lastDeathMs = now;
    if (this.#failuresInRow === 0) return 0;
    return Math.min(FIRST_RESTART_DELAY_MS * 2 ** (this.#failuresInRow - 1), MAX_RESTART_DELAY_MS);
  }
}

/** The extension of this file is the worker's too: `.ts` when running from source, `.js` in a build. */
export function fileOf(kind: "proxy" | "compare" | "store"): URL {
  return new URL(`./${kind}-worker${extname(import.meta.filename)}`, import.meta.url);
}
