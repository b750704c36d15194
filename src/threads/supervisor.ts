import { randomBytes } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { settlesWithin } from "../lib/settles-within.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";
import { ComparePool, type CompareSlot } from "./compare-pool.ts";
import { ProxyPool, type ProxySlot } from "./proxy-pool.ts";
import { StoreClient } from "./store-client.ts";
import type { DrainLimits, MainToProxy, MetricsSnapshot } from "./thread-messages.ts";

/** How long the proxy waits for a slow database before it opens its port. */
const STORE_OPEN_TIMEOUT_MS = 5_000;
/** When a run ends: time for the mirrored requests in flight, and then for their captures to be committed. */
const FLUSH_GRACE_MS = 10_000;
const FLUSH_COMMIT_MS = 20_000;

export interface SupervisorEvents {
  committed(): void;
  /** The stored rules have changed. */
  rulesChanged(): void;
  /** The reason why the database cannot be used, or null when it works (again). */
  storeStateChanged(error: string | null): void;
  threadRestarted(thread: string, error: Error | undefined): void;
  metrics(thread: string, snapshot: MetricsSnapshot): void;
}

/**
 * Starts the proxy, compare and store threads, connects them with ports, and restarts those that die. Captures never pass
 * through the main thread: when it stalls, the other threads continue.
 */
export class Supervisor {
  #config: Config;
  #run: Run;
  #control: ControlState = { paused: false, percents: [] };
  /** They apply after the rules of the configuration. */
  #storedRules: readonly Rule[] = [];
  #startedProxies = 0;
  readonly #log: Logger;
  readonly #events: SupervisorEvents;
  readonly #redactionKey = randomBytes(32);
  readonly #store: StoreClient;
  readonly #compares: ComparePool;
  readonly #proxies: ProxyPool;
  /** Resolves when the store thread has tried to open the database, successfully or not. */
  readonly #storeOpened = Promise.withResolvers<void>();

  constructor(config: Config, run: Run, log: Logger, events: SupervisorEvents) {
    this.#config = config;
    this.#run = run;
    this.#log = log;
    this.#events = events;
    this.#store = this.#createStore();
    this.#compares = this.#createCompares();
    this.#proxies = this.#createProxies();
  }

  /** Starts the store and compare threads. */
  start(): void {
    this.#store.start();
    this.#compares.start();
  }

  /**
   * Starts the proxy threads.
   * @returns the port that clients use
   * @throws when the address cannot be bound
   */
  async listen(): Promise<number> {
    // A client that sees the port open may request a report. The proxy itself does not need the store.
    await settlesWithin(STORE_OPEN_TIMEOUT_MS, this.#storeOpened.promise);
    return this.#proxies.listen();
  }

  /** Applies a configuration, except its ports, threads and store. Resolves when every proxy thread uses it. */
  async reconfigure(config: Config, run: Run): Promise<void> {
    this.#config = config;
    this.updateRun(run);
    this.#compares.reconfigure();
    await this.#applyToProxies((revision) => ({ type: "reconfigure", config, revision }));
  }

  /** Updates the versions or the gate of the current run. */
  updateRun(run: Run): void {
    this.#run = run;
    this.#store.updateRun(run);
  }

  /** Pauses mirroring or overrides its shares. Resolves when every proxy thread uses it. */
  async control(control: ControlState): Promise<void> {
    this.#control = control;
    await this.#applyToProxies((revision) => ({ type: "control", control, revision }));
  }

  /** Writes rules, reviews and their audit log. @returns why that was not possible, or null */
  edit(edit: StoreEdit): Promise<string | null> {
    return this.#store.edit(edit);
  }

  /**
   * Ends the current run and begins another one. Every request that was served before belongs to the run that ends. A request
   * that is served during the switch belongs to either run, with all its counts.
   * @param createRun called when the current run ends, which is when the next one begins
   * @returns why the current run continues, or null
   */
  async switchRun(createRun: () => Run): Promise<string | null> {
    if (this.#store.error !== null) return this.#store.error;
    const isFlushed = await this.#proxies.broadcast(
      (revision) => ({ type: "flush", graceMs: FLUSH_GRACE_MS, commitMs: FLUSH_COMMIT_MS, revision }),
      FLUSH_GRACE_MS + FLUSH_COMMIT_MS,
    );
    if (!isFlushed) return "the captured exchanges could not be stored in time";
    const run = createRun();
    const error = await this.#store.switchRun(run, run.startedAt);
    if (error === null) this.#run = run;
    return error;
  }

  /** The threads, and how often each was restarted. */
  restarts(): { name: string; restarts: number }[] {
    const threads = [...this.#proxies.slots, ...this.#compares.slots, this.#store];
    return threads.map(({ name, restarts }) => ({ name, restarts }));
  }

  /** The reason why nothing can be stored at the moment, or null. */
  get storeError(): string | null {
    return this.#store.error;
  }

  /** Ends the proxy threads. @returns whether all of them have drained in time */
  drainProxies(limits: DrainLimits, timeoutMs: number): Promise<boolean> {
    return this.#proxies.drain(limits, timeoutMs);
  }

  /** Commits everything that has reached the store. @returns whether that was done in time */
  closeStore(timeoutMs: number): Promise<boolean> {
    return this.#store.close(timeoutMs);
  }

  /** Terminates all threads. */
  async kill(): Promise<void> {
    await Promise.all([this.#proxies.close(), this.#compares.close(), this.#store.kill()]);
  }

  #createStore(): StoreClient {
    return new StoreClient({
      createWorkerData: () => ({ config: this.#config, run: this.#run }),
      onStart: () => {
        for (const compare of this.#compares.slots) this.#connectToStore(compare);
      },
      onDeath: (error) => this.#reportDeath("store", error),
      onState: (error) => {
        this.#storeOpened.resolve();
        this.#events.storeStateChanged(error);
      },
      onRules: (rules) => {
        this.#storedRules = rules;
        this.#compares.reconfigure();
        this.#events.rulesChanged();
      },
      onCommit: () => this.#events.committed(),
      onMetrics: (snapshot) => this.#events.metrics("store", snapshot),
    });
  }

  #createCompares(): ComparePool {
    return new ComparePool({
      threads: this.#config.threads.compare,
      redactionKey: this.#redactionKey,
      config: () => this.#compareConfig(),
      onStart: (compare, index) => {
        this.#connectToStore(compare);
        for (const proxy of this.#proxies.slots) this.#connect(proxy, compare, index);
      },
      onDeath: (index, reason, error) => {
        for (const proxy of this.#proxies.slots) proxy.thread?.post({ type: "compare-died", index, reason });
        this.#reportDeath(`compare-${index}`, error);
      },
      onMetrics: (thread, snapshot) => this.#events.metrics(thread, snapshot),
    });
  }

  #createProxies(): ProxyPool {
    return new ProxyPool({
      threads: this.#config.threads.proxy,
      port: this.#config.listen.port,
      log: this.#log,
      createWorkerData: (port) => ({
        config: this.#config,
        identity: `${this.#run.id}:${(this.#startedProxies += 1)}`,
        port,
        redactionKey: this.#redactionKey,
        control: this.#control,
      }),
      onStart: (proxy) => {
        for (const [index, compare] of this.#compares.slots.entries()) this.#connect(proxy, compare, index);
      },
      onDeath: (thread, error) => this.#reportDeath(thread, error),
      onMetrics: (thread, snapshot) => this.#events.metrics(thread, snapshot),
    });
  }

  #compareConfig(): Config {
    const { compare } = this.#config;
    return { ...this.#config, compare: { ...compare, rules: [...compare.rules, ...this.#storedRules] } };
  }

  async #applyToProxies(createMessage: (revision: number) => MainToProxy): Promise<void> {
    if (await this.#proxies.broadcast(createMessage)) return;
    this.#log.warn("a proxy thread is stalled; it applies the change once it resumes");
  }

  #connect(proxy: ProxySlot, compare: CompareSlot, index: number): void {
    if (proxy.thread === undefined || compare.thread === undefined) return;
    const { port1, port2 } = new MessageChannel();
    compare.thread.post({ type: "proxy", port: port2 }, [port2]);
    proxy.thread.post({ type: "compare-started", index, port: port1 }, [port1]);
  }

  #connectToStore(compare: CompareSlot): void {
    const store = this.#store.thread;
    if (store === undefined || compare.thread === undefined) return;
    const { port1, port2 } = new MessageChannel();
    store.post({ type: "compare", port: port2 }, [port2]);
    compare.thread.post({ type: "store", port: port1 }, [port1]);
  }

  #reportDeath(thread: string, error: Error | undefined): void {
    this.#log.error({ thread, err: error }, "a thread died; restarting it");
    this.#events.threadRestarted(thread, error);
  }
}
