import type { TailDelivery, TailSubscription } from "../compare/tail/tail-publisher.ts";
import type { CompareThreadLoss } from "../model/accounting.ts";
import type { Config } from "../model/config.ts";
import type { ArmedCause } from "../model/isolate/armed-cause.ts";
import type { StoredRules } from "../store/committer-options.ts";
import type {
  CompareData,
  CompareToMain,
  ComparisonSettings,
  MainToCompare,
  MetricsSnapshot,
} from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";
import { Watchdog } from "./watch/watchdog.ts";
import type { EndpointComparisons } from "../telemetry/endpoints/endpoint-tally.ts";

/**
 * Enough for two trees at the limits of compare/body/parse-limits.ts. A comparison that needs more ends its thread, and not a
 * process that runs in a container of 512 MB.
 */
const OLD_GENERATION_MB = 128;
/** Each of three responses as a text and as one string in its tree, and what masks them. */
const HEAP_PER_DECODED_BYTE = 10;
const DEFAULT_DECODED_BYTES = 8 * 1024 * 1024;
const BYTES_PER_MB = 1024 * 1024;
/** No client waits for this thread. With Node's default, some 50 MB of garbage would stay resident. */
const YOUNG_GENERATION_MB = 4;

export type CompareSlot = ThreadSlot<MainToCompare, CompareToMain>;

export interface ComparePoolOptions {
  readonly threads: number;
  readonly redactionKey: Uint8Array;
  /** Read whenever a thread starts. */
  settings(): ComparisonSettings;
  /** A thread has started. No other thread has a port to it yet. */
  onStart(slot: CompareSlot, index: number): void;
  onDeath(index: number, reason: CompareThreadLoss, error: Error | undefined): void;
  onMetrics(thread: string, snapshot: MetricsSnapshot): void;
  onTail(deliveries: readonly TailDelivery[]): void;
  onEndpoints(comparisons: readonly EndpointComparisons[]): void;
}

/** The compare threads, and the watchdog that restarts those that hang. */
export class ComparePool {
  readonly slots: readonly CompareSlot[];
  readonly #options: ComparePoolOptions;
  readonly #watchdog: Watchdog;
  #tails: readonly TailSubscription[] = [];
  #armed: readonly ArmedCause[] = [];

  constructor(options: ComparePoolOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog({
      limitMs: () => options.settings().config.compare.timeoutMs,
      restart: (index) => this.slots[index]?.restart(),
    });
    this.slots = Array.from({ length: options.threads }, (_, index) => this.#createSlot(index));
  }

  start(): void {
    this.#watchdog.start();
    for (const slot of this.slots) slot.start();
  }

  reconfigure(): void {
    const settings = this.#options.settings();
    for (const { thread } of this.slots) thread?.post({ type: "reconfigure", ...settings });
  }

  /** Replaces the open tails. */
  watchTails(subscriptions: readonly TailSubscription[]): void {
    this.#tails = subscriptions;
    for (const { thread } of this.slots) thread?.post({ type: "tails", subscriptions });
  }

  /** Replaces the armed causes. */
  arm(causes: readonly ArmedCause[]): void {
    this.#armed = causes;
    for (const { thread } of this.slots) thread?.post({ type: "arm", causes });
  }

  /** Another run has begun. */
  beginRun(): void {
    for (const { thread } of this.slots) thread?.post({ type: "begin-run" });
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
      resourceLimits: {
        maxOldGenerationSizeMb: heapLimitMb(options.settings().config.compare.maxDecodedBytes),
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
      createWorkerData: (): CompareData => ({
        ...options.settings(),
        redactionKey: options.redactionKey,
        activity: this.#watchdog.watch(index),
      }),
      onStart: () => {
        slot.thread?.post({ type: "tails", subscriptions: this.#tails });
        slot.thread?.post({ type: "arm", causes: this.#armed });
        options.onStart(slot, index);
      },
      onDeath: (error) => options.onDeath(index, this.#reasonOf(index, error), error),
      onMessage: (message) => {
        if (message.type === "tail") options.onTail(message.deliveries);
        else if (message.type === "endpoints") options.onEndpoints(message.comparisons);
        else options.onMetrics(name, message.snapshot);
      },
    });
    return slot;
  }

  #reasonOf(index: number, error: Error | undefined): CompareThreadLoss {
    const hasTimedOut = this.#watchdog.takeTimedOut(index);
    if (error !== undefined && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") return "memory";
    return hasTimedOut ? "timeout" : "thread-died";
  }
}

/** The stored rules apply after those of the configuration. @param stored undefined until the store has been read */
export function comparisonSettingsOf(config: Config, stored: StoredRules | undefined): ComparisonSettings {
  const { rules = [], denied = [], templates = [] } = stored ?? {};
  const { compare } = config;
  return { config: { ...config, compare: { ...compare, rules: [...compare.rules, ...rules] } }, denied, templates };
}

/** The heap that the default limit of decoded bodies needs, and more for a higher one. */
function heapLimitMb(maxDecodedBytes: number): number {
  const more = Math.max(0, maxDecodedBytes - DEFAULT_DECODED_BYTES);
  return OLD_GENERATION_MB + Math.ceil((HEAP_PER_DECODED_BYTE * more) / BYTES_PER_MB);
}
