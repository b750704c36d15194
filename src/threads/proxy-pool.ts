import { settlesWithin } from "../lib/settles-within.ts";
import type { EndpointArrivals } from "../model/control.ts";
import type { ArmedCause, FoundRequest } from "../model/isolate/armed-cause.ts";
import type { SpanBatch } from "../model/tracing/trace.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ReplayCounts } from "../model/replay/replay-counts.ts";
import type { HealthReport } from "../upstream/upstream-health.ts";
import { Broadcaster } from "./broadcaster.ts";
import type { DrainLimits, MainToProxy, MetricsSnapshot, ProxyData, ProxyToMain } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";

/** With 3 MB, requests in flight are promoted, and a request costs half as much CPU again. More than 16 MB gains nothing. */
const YOUNG_GENERATION_MB = 16;

export type ProxySlot = ThreadSlot<MainToProxy, ProxyToMain>;

export interface ProxyPoolOptions {
  readonly threads: number;
  /** The configured port; 0 lets the system choose one. */
  readonly port: number;
  readonly log: Logger;
  /** Called whenever a thread starts. */
  createWorkerData(port: number, index: number): ProxyData;
  /** A thread has started. No other thread has a port to it yet. */
  onStart(slot: ProxySlot): void;
  onDeath(thread: string, identity: string, error: Error | undefined): void;
  onMetrics(thread: string, snapshot: MetricsSnapshot): void;
  onSpans(batch: SpanBatch): void;
  onUpstream(report: HealthReport): void;
  /** @param thread its index */
  onArrivals(thread: number, arrivals: readonly EndpointArrivals[]): void;
  onReplayed(counts: ReplayCounts): void;
  onFound(found: FoundRequest): void;
}

type ListenResult = { readonly port: number } | { readonly error: Error };

/** The proxy threads, which share one port. */
export class ProxyPool {
  readonly slots: readonly ProxySlot[];
  readonly #options: ProxyPoolOptions;
  readonly #broadcaster = new Broadcaster<MainToProxy>();
  readonly #drained = new Set<number>();
  /** How many threads listen or were told to. */
  #listening = 0;
  /** Why a thread that was not told to listen yet cannot start. */
  #failure: Error | undefined;
  #armed: readonly ArmedCause[] = [];
  #port: number;
  #isDraining = false;
  #onListening: ((result: ListenResult) => void) | undefined;
  #onDrained: (() => void) | undefined;

  constructor(options: ProxyPoolOptions) {
    this.#options = options;
    this.#port = options.port;
    this.slots = Array.from({ length: options.threads }, (_, index) => this.#createSlot(index));
  }

  /** Starts the threads, which then wait for `listen`. */
  start(): void {
    for (const slot of this.slots) slot.start();
  }

  /**
   * Opens the port in one thread after the other, because the first one may choose it for all.
   * @returns the port that clients use
   * @throws when the address cannot be bound, or when a thread cannot start
   */
  async listen(): Promise<number> {
    for (const slot of this.slots) {
      if (this.#failure !== undefined) throw this.#failure;
      const { promise, resolve } = Promise.withResolvers<ListenResult>();
      this.#onListening = resolve;
      this.#listening += 1;
      slot.thread?.post({ type: "listen", port: this.#port });
      const result = await promise;
      this.#onListening = undefined;
      if ("error" in result) throw result.error;
      this.#port = result.port;
    }
    return this.#port;
  }

  /**
   * Sends a change to all threads. A thread that starts later receives the current state in its worker data.
   * @param timeoutMs for messages that take longer to handle than a change of settings
   * @returns whether all running threads have confirmed it in time
   */
  broadcast(createMessage: (revision: number) => MainToProxy, timeoutMs?: number): Promise<boolean> {
    return this.#broadcaster.send(this.slots, createMessage, timeoutMs);
  }

  /** Replaces the armed causes. */
  arm(causes: readonly ArmedCause[]): void {
    this.#armed = causes;
    this.post({ type: "arm", causes });
  }

  /** Sends a message that needs no confirmation to all running threads. */
  post(message: MainToProxy): void {
    for (const { thread } of this.slots) thread?.post(message);
  }

  /** @returns whether all threads have drained in time; each of them has ended then */
  async drain(limits: DrainLimits, timeoutMs: number): Promise<boolean> {
    this.#isDraining = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onDrained = resolve;
    for (const [index, { thread }] of this.slots.entries()) {
      if (thread === undefined) this.#handleDrained(index);
      else thread.post({ type: "drain", ...limits });
    }
    return settlesWithin(timeoutMs, promise);
  }

  /** Terminates all threads. */
  async close(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  #createSlot(index: number): ProxySlot {
    const options = this.#options;
    const name = `proxy-${index}`;
    let identity = "";
    const slot: ProxySlot = new ThreadSlot<MainToProxy, ProxyToMain>({
      name,
      kind: "proxy",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      createWorkerData: () => {
        const data = options.createWorkerData(this.#port, index);
        ({ identity } = data);
        return data;
      },
      onStart: () => {
        slot.thread?.post({ type: "arm", causes: this.#armed });
        options.onStart(slot);
        // Before, `listen` tells it to.
        if (index < this.#listening) slot.thread?.post({ type: "listen", port: this.#port });
      },
      onDeath: (error) => {
        this.#broadcaster.threadDied(index);
        options.onDeath(name, identity, error);
        if (this.#isDraining) this.#handleDrained(index);
      },
      onMessage: (message) => this.#handleMessage(index, message),
    });
    return slot;
  }

  #handleMessage(index: number, message: ProxyToMain): void {
    const thread = `proxy-${index}`;
    const { log } = this.#options;
    switch (message.type) {
      case "listening":
        return this.#onListening?.({ port: message.port });
      case "failed":
        return this.#handleFailure(index, message.message);
      case "upstream":
        return this.#options.onUpstream(message);
      case "arrivals":
        return this.#options.onArrivals(index, message.arrivals);
      case "found":
        return this.#options.onFound(message.found);
      case "metrics":
        return this.#options.onMetrics(thread, message.snapshot);
      case "spans":
        this.#options.onSpans(message.batch);
        return this.slots[index]?.thread?.post({ type: "spans-accepted" });
      case "log":
        return log[message.level]({ thread }, message.text);
      case "applied":
        return this.#broadcaster.confirm(index, message.revision);
      case "replayed":
        return this.#options.onReplayed(message.counts);
      case "drained":
        return this.#handleDrained(index);
    }
  }

  /** A thread that fails at start is not started again: `listen` throws. */
  #handleFailure(index: number, message: string): void {
    if (this.#listening === this.slots.length && this.#onListening === undefined) {
      this.#options.log.error({ thread: `proxy-${index}` }, message);
      return;
    }
    this.#failure = new Error(message);
    void this.slots[index]?.close();
    this.#onListening?.({ error: this.#failure });
  }

  /** Closes the slot: a restarted thread would accept new connections. */
  #handleDrained(index: number): void {
    void this.slots[index]?.close();
    this.#drained.add(index);
    if (this.#drained.size >= this.slots.length) this.#onDrained?.();
  }
}
