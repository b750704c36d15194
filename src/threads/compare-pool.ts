import type { Config } from "../model/config.ts";
import type { CompareData, CompareToMain, MainToCompare, MetricsSnapshot } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";
import { Watchdog } from "./watchdog.ts";

/** Enough for the largest captures that are let through, little enough that a runaway comparison dies alone. */
const HEAP_MB = 512;
/** It serves nobody who waits: with the default, some 50 MB of garbage would stay resident. */
const YOUNG_MB = 8;

export type CompareSlot = ThreadSlot<MainToCompare, CompareToMain>;

export interface ComparePoolOptions {
  /** Asked at each birth of a thread. */
  config(): Config;
  readonly redactionKey: Uint8Array;
  /** There is a new thread, which nobody knows yet. */
  up(slot: CompareSlot, index: number): void;
  down(index: number, reason: "timeout" | "thread-died", error: Error | undefined): void;
  metrics(thread: string, snapshot: MetricsSnapshot): void;
}

/** The compare threads, each in a place that is always filled. */
export class ComparePool {
  readonly #options: ComparePoolOptions;
  readonly #slots: CompareSlot[] = [];
  readonly #watchdog: Watchdog;

  constructor(options: ComparePoolOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog({
      limitMs: () => options.config().compare.timeoutMs,
      kill: (index) => this.#slots[index]?.kill(),
    });
  }

  get slots(): readonly CompareSlot[] {
    return this.#slots;
  }

  start(): void {
    const index = this.#slots.length;
    const options = this.#options;
    const name = `compare-${index}`;
    const slot: CompareSlot = new ThreadSlot<MainToCompare, CompareToMain>({
      name,
      kind: "compare",
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
      workerData: (): CompareData => ({
        config: options.config(),
        redactionKey: options.redactionKey,
        busySince: this.#watchdog.cell(index),
      }),
      up: () => {
        // The slot's own constructor calls this before it is in the list; it is told below then.
        if (this.#slots[index] !== undefined) options.up(this.#slots[index], index);
      },
      down: (error) => options.down(index, this.#watchdog.reasonOf(index), error),
      message: (message) => options.metrics(name, message.snapshot),
    });
    this.#slots[index] = slot;
    options.up(slot, index);
  }

  reconfigure(): void {
    const config = this.#options.config();
    for (const { thread } of this.#slots) thread?.post({ type: "reconfigure", config });
  }

  async close(): Promise<void> {
    this.#watchdog.close();
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}
