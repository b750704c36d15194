import { createRestartDelay } from "./restart-delay.ts";
import { WorkerThread, type WorkerThreadOptions } from "./worker-thread.ts";

export interface ThreadSlotOptions<FromThread> extends Omit<WorkerThreadOptions<FromThread>, "exit" | "workerData"> {
  /** Made anew for each thread that fills the slot. */
  workerData(): unknown;
  /** A thread was started and may be posted to. */
  up(): void;
  /** The thread ended unasked; another one follows. */
  down(error: Error | undefined): void;
}

/** A place that is always filled: when its thread dies, another one is started. */
export class ThreadSlot<ToThread, FromThread> {
  readonly name: string;
  restarts = 0;
  readonly #options: ThreadSlotOptions<FromThread>;
  readonly #delay = createRestartDelay(() => performance.now());
  #thread: WorkerThread<ToThread, FromThread> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ThreadSlotOptions<FromThread>) {
    this.name = options.name;
    this.#options = options;
    this.#start();
  }

  /** Undefined for the moment between a death and the next start. */
  get thread(): WorkerThread<ToThread, FromThread> | undefined {
    return this.#thread;
  }

  /** Ends the thread; the slot fills again. */
  kill(): void {
    void this.#thread?.terminate();
  }

  /** Ends the thread for good. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#thread?.terminate();
  }

  #start(): void {
    this.#thread = new WorkerThread<ToThread, FromThread>({
      ...this.#options,
      workerData: this.#options.workerData(),
      exit: (error) => this.#ended(error),
    });
    this.#options.up();
  }

  #ended(error: Error | undefined): void {
    this.#thread = undefined;
    if (this.#closed) return;
    this.restarts += 1;
    this.#options.down(error);
    this.#timer = setTimeout(() => this.#start(), this.#delay());
  }
}
