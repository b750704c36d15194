import type { CompareThreadLoss } from "../model/accounting.ts";
import type { Config } from "../model/config.ts";
import type { CompareData, CompareToMain, MainToCompare, MetricsSnapshot } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";
import { Watchdog } from "./watchdog.ts";

/** Enough for the largest captures that are accepted, and small enough that a runaway comparison kills only its own thread. */
const OLD_GENERATION_MB = 512;
/** No client waits for this thread. With Node's default, some 50 MB of garbage would stay resident. */
const YOUNG_GENERATION_MB = 8;

export type CompareSlot = ThreadSlot<MainToCompare, CompareToMain>;

export interface ComparePoolOptions {
  readonly threads: number;
  readonly redactionKey: Uint8Array;
  /** The configuration in force, with the stored rules. Read whenever a thread starts. */
  config(): Config;
  /** A thread has started. No other thread has a port to it yet. */
  onStart(slot: CompareSlot, index: number): void;
  onDeath(index: number, reason: CompareThreadLoss, error: Error | undefined): void;
  onMetrics(thread: string, snapshot: MetricsSnapshot): void;
}

/** The compare threads, and the watchdog that restarts those that hang. */
export class ComparePool {
  readonly slots: readonly CompareSlot[];
  readonly #options: ComparePoolOptions;
  readonly #watchdog: Watchdog;

  constructor(options: ComparePoolOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog({
      limitMs: () => options.config().compare.timeoutMs,
      restart: (index) => this.slots[index]?.restart(),
    });
    this.slots = Array.from({ length: options.threads }, (_, index) => this.#createSlot(index));
  }

  start(): void {
    this.#watchdog.start();
    for (const slot of this.slots) slot.start();
  }

  reconfigure(): void {
    const config = this.#options.config();
    for (const { thread } of this.slots) thread?.post({ type: "reconfigure", config });
  }

  async close(): Promise<void> {
    this.#watchdog.close();
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  #createSlot(index: number): CompareSlot {
    const options = this.#options;
    const name = `compare-${index}`;
    const slot: CompareSlot = new ThreadSlot<MainToCompare, CompareToMain>({
      name,
      kind: "compare",
      resourceLimits: { maxOldGenerationSizeMb: OLD_GENERATION_MB, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      createWorkerData: (): CompareData => ({
        config: options.config(),
        redactionKey: options.redactionKey,
        busySince: this.#watchdog.createBusyCell(index),
      }),
      onStart: () => options.onStart(slot, index),
      onDeath: (error) => options.onDeath(index, this.#watchdog.takeReason(index), error),
      onMessage: (message) => options.onMetrics(name, message.snapshot),
    });
    return slot;
  }
}
