import type { CaptureCollector } from "../capture/capture-collector.ts";
import { missingDescriptors } from "../lib/runtime/descriptors.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { Config } from "../model/config.ts";
import type { ReplayCounts } from "../model/replay/replay-counts.ts";
import { createReplaySender } from "../proxy/replay/replay-sender.ts";
import { ReplayDriver } from "../replay/drive/replay-driver.ts";
import type { RequestPipeline } from "./request-pipeline.ts";
import type { ReplayMessage, ReplaySettings } from "./thread-messages.ts";

/** Responses in flight may need as much memory again as the captures that wait. */
const MAX_HELD_SHARE = 0.5;
const MAX_BATCHES = 64;
/** Requests taken from the queue after which the reader learns about it at once; otherwise with the next report. */
const REPORT_AFTER = 32;
const REPORT_EVERY_MS = 100;

/** Where the requests of a proxy thread come from: a listener, or a recording. */
export interface RequestSource {
  /**
   * @param port 0 lets the system choose one
   * @returns the port that clients use; 0 without a listener
   */
  listen(port: number): Promise<number>;
  /** Accepts no further requests, and waits at most so long for those in flight. */
  drain(graceMs: number): Promise<void>;
  /** Closes idle connections of clients. @param count at most so many */
  shedIdle(count: number): void;
}

export interface ReplaySourceOptions {
  readonly settings: ReplaySettings;
  readonly config: Pick<Config, "requests" | "capture">;
  readonly pipeline: RequestPipeline;
  readonly collector: CaptureCollector;
  report(counts: ReplayCounts): void;
}

/** Sends the requests of a recording in place of a listener. */
export class ReplaySource implements RequestSource {
  readonly #driver: ReplayDriver;
  readonly #options: ReplaySourceOptions;
  readonly #timer: NodeJS.Timeout;
  #reported: ReplayCounts | undefined;

  constructor(options: ReplaySourceOptions) {
    const { settings, config, pipeline, collector } = options;
    this.#options = options;
    const maxBytes = config.capture.maxBufferedBytes * MAX_HELD_SHARE;
    this.#driver = new ReplayDriver({
      concurrency: settings.concurrency,
      send: createReplaySender(pipeline.serve, config.requests),
      hasCapacity: () =>
        !pipeline.mirror.isPaused &&
        collector.batchesInFlight < MAX_BATCHES &&
        collector.heldBytes < maxBytes &&
        missingDescriptors("mirror") <= 0,
      onProgress: () => this.#reportSoon(),
      clock: { now: () => performance.now(), setTimer: (callback, ms) => setTimeout(callback, ms) },
    });
    this.#timer = setInterval(() => this.#reportChange(), REPORT_EVERY_MS);
  }

  receive(message: ReplayMessage): void {
    if (message.type === "replay") return this.#driver.add(message.requests);
    return message.isStop ? this.#driver.stop() : this.#driver.end();
  }

  async listen(): Promise<number> {
    return 0;
  }

  async drain(graceMs: number): Promise<void> {
    await settlesWithin(graceMs, this.#driver.drain());
    clearInterval(this.#timer);
    this.#reportChange();
  }

  shedIdle(): void {}

  #reportSoon(): void {
    const { taken, isDone } = this.#driver.counts;
    if (isDone || taken - (this.#reported?.taken ?? 0) >= REPORT_AFTER) this.#reportChange();
  }

  #reportChange(): void {
    const { counts } = this.#driver;
    const { done, taken, isDone } = this.#reported ?? { done: -1, taken: -1, isDone: false };
    if (counts.done === done && counts.taken === taken && counts.isDone === isDone) return;
    this.#reported = counts;
    this.#options.report(counts);
  }
}
