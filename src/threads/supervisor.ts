import { randomBytes } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { settlesWithin } from "../lib/settles-within.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Broadcaster } from "./broadcaster.ts";
import { ComparePool, type CompareSlot } from "./compare-pool.ts";
import type { MainToProxy, MetricsSnapshot, ProxyData, ProxyToMain } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";
import { StoreClient } from "./store-client.ts";

/** With 3 MB, requests are collected while they are under way, and a request costs half as much again; more gains nothing. */
const PROXY_YOUNG_MB = 16;
/** How long clients wait for a database that is slow to open. */
const STORE_OPEN_MS = 5_000;
/** What a closing thread gets beyond the grace of the requests. */
const CLOSE_MS = 5_000;
/** When a run ends: for the mirrored requests that are open then, and for what was captured to be committed. */
const SETTLE_MS = 10_000;
const COMMIT_MS = 20_000;

type ProxySlot = ThreadSlot<MainToProxy, ProxyToMain>;

export interface SupervisorEvents {
  committed(): void;
  /** The stored rules are others. */
  rules(): void;
  /** The database cannot be used (a sentence), or can again (null). */
  storeState(error: string | null): void;
  restarted(thread: string, error: Error | undefined): void;
  metrics(thread: string, snapshot: MetricsSnapshot): void;
}

/**
 * Starts the proxy, compare and store threads, joins them with ports, and keeps them alive. Data never passes through
 * here: when this thread stands still, the others go on.
 */
export class Supervisor {
  #config: Config;
  #run: Run;
  #control: ControlState = { paused: false, percents: [] };
  readonly #log: Logger;
  readonly #events: SupervisorEvents;
  readonly #redactionKey = randomBytes(32);
  readonly #store: StoreClient;
  /** Behind those of the configuration. */
  #storedRules: readonly Rule[] = [];
  readonly #compares: ComparePool;
  readonly #proxies: ProxySlot[] = [];
  readonly #drained = new Set<number>();
  readonly #changes = new Broadcaster<MainToProxy>();
  #draining = false;
  #born = 0;
  #port: number;
  #onListening: ((result: { port: number } | { error: Error }) => void) | undefined;
  #onDrained: (() => void) | undefined;
  #onStoreState: () => void = () => {};
  /** The store thread has tried to open the database, with success or without. */
  readonly #storeTried = new Promise<void>((resolve) => (this.#onStoreState = resolve));

  constructor(config: Config, run: Run, log: Logger, events: SupervisorEvents) {
    this.#config = config;
    this.#run = run;
    this.#log = log;
    this.#events = events;
    this.#port = config.listen.port;
    this.#compares = new ComparePool({
      config: () => this.#compareConfig(),
      redactionKey: this.#redactionKey,
      up: (slot, index) => this.#joinCompare(slot, index),
      down: (index, reason, error) => {
        for (const proxy of this.#proxies) proxy.thread?.post({ type: "compare-down", index, reason });
        this.#down(`compare-${index}`, error);
      },
      metrics: (thread, snapshot) => events.metrics(thread, snapshot),
    });
    this.#store = this.#startStore();
    for (let index = 0; index < config.threads.compare; index += 1) this.#compares.start();
  }

  /**
   * Starts the proxy threads, the first one alone: it may pick the port for all.
   * @returns the port that clients use
   * @throws when the address cannot be bound
   */
  async listen(): Promise<number> {
    // Whoever sees the port open may ask for a report; serving does not depend on the answer.
    await settlesWithin(STORE_OPEN_MS, this.#storeTried);
    for (let index = 0; index < this.#config.threads.proxy; index += 1) {
      const result = await new Promise<{ port: number } | { error: Error }>((resolve) => {
        this.#onListening = resolve;
        this.#startProxy(index);
      });
      this.#onListening = undefined;
      if ("error" in result) throw result.error;
      this.#port = result.port;
    }
    return this.#port;
  }

  /** Puts a configuration in force, all but its ports, threads and store. Fulfilled when every proxy thread follows it. */
  async reconfigure(config: Config, run: Run): Promise<void> {
    this.#config = config;
    this.updateRun(run);
    this.#compares.reconfigure();
    await this.#toProxies((revision) => ({ type: "reconfigure", config, revision }));
  }

  /** The versions or the gate of the run are others. */
  updateRun(run: Run): void {
    this.#run = run;
    this.#store.updateRun(run);
  }

  /** Fulfilled when every proxy thread follows it; those that are started later are born with it. */
  async control(control: ControlState): Promise<void> {
    this.#control = control;
    await this.#toProxies((revision) => ({ type: "control", control, revision }));
  }

  /** Writes rules, reviews and their audit. @returns why that was not possible, or null */
  edit(edit: StoreEdit): Promise<string | null> {
    return this.#store.edit(edit);
  }

  /**
   * Ends the run and begins another one. Every request that was answered before belongs to the run that ends; those that are
   * answered until it has ended belong to either, each with all its counts.
   * @param next makes it, when the time has come: it begins when the other one ends
   * @returns why the run goes on, or null
   */
  async switchRun(next: () => Run): Promise<string | null> {
    if (this.#store.error !== null) return this.#store.error;
    const settled = await this.#changes.send(
      this.#proxies,
      (revision) => ({ type: "settle", graceMs: SETTLE_MS, commitMs: COMMIT_MS, revision }),
      SETTLE_MS + COMMIT_MS,
    );
    if (!settled) return "what was captured could not be stored in time";
    const run = next();
    const error = await this.#store.switchRun(run, run.startedAt);
    if (error === null) this.#run = run;
    return error;
  }

  restarts(): { name: string; restarts: number }[] {
    return [...this.#proxies, ...this.#compares.slots, this.#store].map(({ name, restarts }) => ({ name, restarts }));
  }

  /** Lets requests in flight end within the grace, commits everything that was captured, and ends all threads. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const drained = new Promise<void>((resolve) => (this.#onDrained = resolve));
    for (const [index, proxy] of this.#proxies.entries()) {
      if (proxy.thread === undefined) this.#proxyDrained(index);
      else proxy.thread.post({ type: "drain", graceMs, storable: this.#store.error === null });
    }
    if (!(await settlesWithin(graceMs + CLOSE_MS, drained))) this.#log.warn("proxy threads did not drain in time");
    if (!(await this.#store.close(CLOSE_MS))) {
      this.#log.warn("the store did not close in time; its last batches may be lost");
    }
    await this.kill();
  }

  /** Ends all threads at once. */
  async kill(): Promise<void> {
    await Promise.all([...this.#proxies.map((slot) => slot.close()), this.#compares.close(), this.#store.kill()]);
  }

  #startStore(): StoreClient {
    return new StoreClient({
      config: () => this.#config,
      run: () => this.#run,
      up: () => {
        // In the constructor there are no compare threads yet; later they must be joined to the new store.
        for (const compare of this.#compares.slots) this.#joinStore(compare);
      },
      down: (error) => this.#down("store", error),
      state: (error) => {
        this.#onStoreState();
        this.#events.storeState(error);
      },
      rules: (rules) => {
        this.#storedRules = rules;
        this.#compares.reconfigure();
        this.#events.rules();
      },
      committed: () => this.#events.committed(),
      metrics: (snapshot) => this.#events.metrics("store", snapshot),
    });
  }

  #startProxy(index: number): void {
    const slot: ProxySlot = new ThreadSlot<MainToProxy, ProxyToMain>({
      name: `proxy-${index}`,
      kind: "proxy",
      resourceLimits: { maxYoungGenerationSizeMb: PROXY_YOUNG_MB },
      workerData: (): ProxyData => ({
        config: this.#config,
        identity: `${this.#run.id}:${(this.#born += 1)}`,
        port: this.#port,
        redactionKey: this.#redactionKey,
        control: this.#control,
      }),
      up: () => this.#joinProxy(index),
      down: (error) => {
        this.#changes.gone(index);
        this.#down(`proxy-${index}`, error);
        if (this.#draining) this.#proxyDrained(index);
      },
      message: (message) => this.#fromProxy(index, message),
    });
    this.#proxies[index] = slot;
    this.#joinProxy(index);
  }

  #compareConfig(): Config {
    const { compare } = this.#config;
    return { ...this.#config, compare: { ...compare, rules: [...compare.rules, ...this.#storedRules] } };
  }

  async #toProxies(message: (revision: number) => MainToProxy): Promise<void> {
    if (await this.#changes.send(this.#proxies, message)) return;
    this.#log.warn("a proxy thread stands still; it takes the change once it goes on");
  }

  #joinCompare(compare: CompareSlot, index: number): void {
    this.#joinStore(compare);
    for (const proxy of this.#proxies) this.#join(proxy, compare, index);
  }

  #joinProxy(index: number): void {
    const proxy = this.#proxies[index];
    if (proxy === undefined) return;
    for (const [compareIndex, compare] of this.#compares.slots.entries()) this.#join(proxy, compare, compareIndex);
  }

  #join(proxy: ProxySlot, compare: CompareSlot, index: number): void {
    if (proxy.thread === undefined || compare.thread === undefined) return;
    const { port1, port2 } = new MessageChannel();
    compare.thread.post({ type: "proxy", port: port2 }, [port2]);
    proxy.thread.post({ type: "compare-up", index, port: port1 }, [port1]);
  }

  #joinStore(compare: CompareSlot): void {
    const store = this.#store?.thread;
    if (store === undefined || compare.thread === undefined) return;
    const { port1, port2 } = new MessageChannel();
    store.post({ type: "compare", port: port2 }, [port2]);
    compare.thread.post({ type: "store", port: port1 }, [port1]);
  }

  #fromProxy(index: number, message: ProxyToMain): void {
    switch (message.type) {
      case "listening":
        return this.#onListening?.({ port: message.port });
      case "failed":
        if (this.#onListening === undefined) this.#log.error({ thread: `proxy-${index}` }, message.message);
        return this.#onListening?.({ error: new Error(message.message) });
      case "metrics":
        return this.#events.metrics(`proxy-${index}`, message.snapshot);
      case "notice":
        return this.#log[message.level]({ thread: `proxy-${index}` }, message.text);
      case "applied":
        return this.#changes.confirm(index, message.revision);
      case "drained":
        return this.#proxyDrained(index);
    }
  }

  /** A drained proxy thread is not filled again: a new one would take new connections. */
  #proxyDrained(index: number): void {
    void this.#proxies[index]?.close();
    this.#drained.add(index);
    if (this.#drained.size >= this.#proxies.length) this.#onDrained?.();
  }

  #down(thread: string, error: Error | undefined): void {
    this.#log.error({ thread, err: error }, "a thread died and is started again");
    this.#events.restarted(thread, error);
  }
}
