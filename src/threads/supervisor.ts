import { randomBytes } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { within } from "../lib/within.ts";
import type { Config } from "../model/config.ts";
import type { MirrorControl } from "../model/control.ts";
import type { Run } from "../model/run.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Announcements } from "./announcements.ts";
import type {
  CompareData,
  CompareToMain,
  MainToCompare,
  MainToProxy,
  MainToStore,
  MetricsSnapshot,
  ProxyData,
  ProxyToMain,
  StoreData,
  StoreToMain,
} from "./protocol.ts";
import { Slot } from "./slot.ts";

/** Enough for the largest captures that are let through, little enough that a runaway comparison dies alone. */
const COMPARE_HEAP_MB = 512;
/** They serve nobody who waits: with the default, some 50 MB of garbage would stay resident. */
const BACKGROUND_YOUNG_MB = 8;
/** With 3 MB, requests are collected while they are under way, and a request costs half as much again; more gains nothing. */
const PROXY_YOUNG_MB = 16;
const WATCHDOG_MS = 500;
/** How long clients wait for a database that is slow to open. */
const STORE_OPEN_MS = 5_000;
/** What a closing thread gets beyond the grace of the requests. */
const CLOSE_MS = 5_000;
const NS_PER_MS = 1_000_000n;

type ProxySlot = Slot<MainToProxy, ProxyToMain>;
type CompareSlot = Slot<MainToCompare, CompareToMain>;
type StoreSlot = Slot<MainToStore, StoreToMain>;

export interface SupervisorEvents {
  committed(): void;
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
  #control: MirrorControl = { paused: false, percents: [] };
  readonly #log: Logger;
  readonly #events: SupervisorEvents;
  readonly #redactionKey = randomBytes(32);
  readonly #store: StoreSlot;
  readonly #compares: CompareSlot[] = [];
  readonly #proxies: ProxySlot[] = [];
  readonly #busySince: BigInt64Array<SharedArrayBuffer>[] = [];
  readonly #timedOut = new Set<number>();
  readonly #watchdog: NodeJS.Timeout;
  readonly #drained = new Set<number>();
  readonly #changes = new Announcements<MainToProxy>();
  #draining = false;
  #born = 0;
  #port: number;
  #onListening: ((result: { port: number } | { error: Error }) => void) | undefined;
  #onDrained: (() => void) | undefined;
  #onStoreClosed: (() => void) | undefined;
  #onStoreState: () => void = () => {};
  /** The store thread has tried to open the database, with success or without. */
  readonly #storeTried = new Promise<void>((resolve) => (this.#onStoreState = resolve));

  constructor(config: Config, run: Run, log: Logger, events: SupervisorEvents) {
    this.#config = config;
    this.#run = run;
    this.#log = log;
    this.#events = events;
    this.#port = config.listen.port;
    this.#store = this.#startStore();
    for (let index = 0; index < config.threads.compare; index += 1) this.#startCompare(index);
    this.#watchdog = setInterval(() => this.#watch(), WATCHDOG_MS);
  }

  /**
   * Starts the proxy threads, the first one alone: it may pick the port for all.
   * @returns the port that clients use
   * @throws when the address cannot be bound
   */
  async listen(): Promise<number> {
    // Whoever sees the port open may ask for a report; serving does not depend on the answer.
    await within(STORE_OPEN_MS, this.#storeTried);
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
    this.#run = run;
    this.#store.thread?.post({ type: "run", run });
    for (const { thread } of this.#compares) thread?.post({ type: "reconfigure", config });
    await this.#toProxies((revision) => ({ type: "reconfigure", config, revision }));
  }

  /** Fulfilled when every proxy thread follows it; those that are started later are born with it. */
  async control(control: MirrorControl): Promise<void> {
    this.#control = control;
    await this.#toProxies((revision) => ({ type: "control", control, revision }));
  }

  restarts(): { name: string; restarts: number }[] {
    return [...this.#proxies, ...this.#compares, this.#store].map(({ name, restarts }) => ({ name, restarts }));
  }

  /** Lets requests in flight end within the grace, commits everything that was captured, and ends all threads. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const drained = new Promise<void>((resolve) => (this.#onDrained = resolve));
    for (const [index, proxy] of this.#proxies.entries()) {
      if (proxy.thread === undefined) this.#proxyDrained(index);
      else proxy.thread.post({ type: "drain", graceMs });
    }
    if (!(await within(graceMs + CLOSE_MS, drained))) this.#log.warn("proxy threads did not drain in time");
    const closed = new Promise<void>((resolve) => (this.#onStoreClosed = resolve));
    this.#store.thread?.post({ type: "close" });
    if (this.#store.thread === undefined || !(await within(CLOSE_MS, closed))) {
      this.#log.warn("the store did not close in time; its last batches may be lost");
    }
    await this.kill();
  }

  /** Ends all threads at once. */
  async kill(): Promise<void> {
    clearInterval(this.#watchdog);
    await Promise.all([...this.#proxies, ...this.#compares, this.#store].map((slot) => slot.close()));
  }

  #startStore(): StoreSlot {
    return new Slot<MainToStore, StoreToMain>({
      name: "store",
      kind: "store",
      resourceLimits: { maxYoungGenerationSizeMb: BACKGROUND_YOUNG_MB },
      workerData: (): StoreData => ({ config: this.#config, run: this.#run }),
      up: () => {
        // In the constructor there are no compare threads yet; later they must be joined to the new store.
        for (const compare of this.#compares) this.#joinStore(compare);
      },
      down: (error) => this.#down("store", error),
      message: (message) => this.#fromStore(message),
    });
  }

  #startCompare(index: number): void {
    const busySince = new BigInt64Array(new SharedArrayBuffer(8));
    this.#busySince[index] = busySince;
    const slot: CompareSlot = new Slot<MainToCompare, CompareToMain>({
      name: `compare-${index}`,
      kind: "compare",
      resourceLimits: { maxOldGenerationSizeMb: COMPARE_HEAP_MB, maxYoungGenerationSizeMb: BACKGROUND_YOUNG_MB },
      workerData: (): CompareData => {
        Atomics.store(busySince, 0, 0n);
        return { config: this.#config, redactionKey: this.#redactionKey, busySince };
      },
      // The slot's own constructor calls this before it is in the list; it is joined right below then.
      up: () => this.#joinCompare(index),
      down: (error) => {
        const reason = this.#timedOut.delete(index) ? "timeout" : "thread-died";
        for (const proxy of this.#proxies) proxy.thread?.post({ type: "compare-down", index, reason });
        this.#down(`compare-${index}`, error);
      },
      message: (message) => this.#events.metrics(`compare-${index}`, message.snapshot),
    });
    this.#compares[index] = slot;
    this.#joinCompare(index);
  }

  #startProxy(index: number): void {
    const slot: ProxySlot = new Slot<MainToProxy, ProxyToMain>({
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

  async #toProxies(message: (revision: number) => MainToProxy): Promise<void> {
    if (await this.#changes.send(this.#proxies, message)) return;
    this.#log.warn("a proxy thread stands still; it takes the change once it goes on");
  }

  #joinCompare(index: number): void {
    const compare = this.#compares[index];
    if (compare === undefined) return;
    this.#joinStore(compare);
    for (const proxy of this.#proxies) this.#join(proxy, compare, index);
  }

  #joinProxy(index: number): void {
    const proxy = this.#proxies[index];
    if (proxy === undefined) return;
    for (const [compareIndex, compare] of this.#compares.entries()) this.#join(proxy, compare, compareIndex);
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

  #fromStore(message: StoreToMain): void {
    switch (message.type) {
      case "state":
        this.#onStoreState();
        return this.#events.storeState(message.error);
      case "committed":
        return this.#events.committed();
      case "metrics":
        return this.#events.metrics("store", message.snapshot);
      case "closed":
        return this.#onStoreClosed?.();
    }
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

  /** Ends a compare thread that sits on one exchange for too long: the only cure for code that does not come back. */
  #watch(): void {
    const limit = BigInt(this.#config.compare.timeoutMs) * NS_PER_MS;
    for (const [index, cell] of this.#busySince.entries()) {
      const since = Atomics.load(cell, 0);
      if (since === 0n || process.hrtime.bigint() - since < limit || this.#timedOut.has(index)) continue;
      this.#timedOut.add(index);
      this.#compares[index]?.kill();
    }
  }
}
