import { createRestartDelay } from "./restart-delay.ts";
import { Thread, type ThreadOptions } from "./thread.ts";

export interface SlotOptions<FromThread> extends Omit<ThreadOptions<FromThread>, "exit" | "workerData"> {
  /** Made anew for each thread that fills the slot. */
  workerData(): unknown;
  /** A thread was started and may be posted to. */
  up(): void;
  /** The thread ended unasked; another one follows. */
  down(error: Error | undefined): void;
}

/** A place that is always filled: when its thread dies, another one is started. */
export class Slot<ToThread, FromThread> {
  readonly name: string;
  restarts = 0;
  readonly #options: SlotOptions<FromThread>;
  readonly #delay = createRestartDelay(() => performance.now());
  #thread: Thread<ToThread, FromThread> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SlotOptions<FromThread>) {
    this.name = options.name;
    this.#options = options;
    this.#start();
  }

  /** Undefined for the moment between a death and the next start. */
  get thread(): Thread<ToThread, FromThread> | undefined {
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
    this.#thread = new Thread<ToThread, FromThread>({
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
