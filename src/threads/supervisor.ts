import { randomBytes } from "node:crypto";
import type { TailSubscription } from "../compare/tail/tail-publisher.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import { logNewlyLearned } from "../endpoints/newly-learned.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import type { ArmedCause } from "../model/isolate/armed-cause.ts";
import type { Run, SwitchFailure } from "../model/run.ts";
import type { ControlEdit } from "../model/shared/control-edit.ts";
import type { ReplicaIdentity, ReplicaReport } from "../model/shared/replica.ts";
import type { StoredRules } from "../store/committer-options.ts";
import type { StoreEdit } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";
import { ComparePool, comparisonSettingsOf } from "./compare-pool.ts";
import { connectCompare, connectProxy, connectStore } from "./connect-threads.ts";
import { DescriptorMonitor } from "./watch/descriptor-monitor.ts";
import { ProxyPool } from "./proxy-pool.ts";
import { StoreClient } from "./store-client.ts";
import {
  FLUSH_LIMITS,
  STORE_OPEN_TIMEOUT_MS,
  type SupervisorEvents,
  type SupervisorOptions,
} from "./supervisor-options.ts";
import type {
  ComparisonSettings,
  DrainLimits,
  MainToProxy,
  ReplaySettings,
  UnconfirmedMessage,
} from "./thread-messages.ts";

const NO_TEMPLATES: StoredRules["templates"] = [];

/**
 * Starts the proxy, compare and store threads, connects them with ports, and restarts those that die. Captures never pass
 * through the main thread: when it stalls, the other threads continue.
 */
export class Supervisor {
  #config: Config;
  #run: Run;
  #control: ControlState = { paused: false, percents: [] };
  #stored: StoredRules | undefined;
  #startedProxies = 0;
  readonly #replica: ReplicaIdentity;
  readonly #log: Logger;
  readonly #events: SupervisorEvents;
  readonly #replay: ReplaySettings | undefined;
  /** With which all threads replace secrets by fingerprints. It is never stored. */
  readonly redactionKey: Uint8Array = randomBytes(32);
  readonly #store: StoreClient;
  readonly #compares: ComparePool;
  readonly #proxies: ProxyPool;
  readonly #descriptors: DescriptorMonitor;
  /** Resolves when the store thread has tried to open the database, successfully or not. */
  readonly #storeOpened = Promise.withResolvers<void>();

  constructor(options: SupervisorOptions) {
    this.#config = options.config;
    this.#run = options.run;
    this.#replica = options.replica;
    this.#log = options.log;
    this.#events = options.events;
    this.#replay = options.replay;
    this.#descriptors = new DescriptorMonitor(options.config.threads.proxy);
    this.#store = this.#createStore();
    this.#compares = this.#createCompares();
    this.#proxies = this.#createProxies();
  }

  /** Starts the store and proxy threads. Those load while the main thread opens the admin listener and the store is opened. */
  start(): void {
    this.#descriptors.start();
    this.#store.start();
    this.#proxies.start();
  }

  /**
   * Waits until the store is open: a client that sees the port open may request a report. The proxy itself does not need it.
   * @returns why nothing can be stored, or null
   */
  async storeOpened(timeoutMs = STORE_OPEN_TIMEOUT_MS): Promise<string | null> {
    const isInTime = await settlesWithin(timeoutMs, this.#storeOpened.promise);
    return isInTime
      ? this.#store.error
      : `the store is still opening after ${timeoutMs / 1000} s; the log says when it is open`;
  }

  /**
   * Starts the compare threads, and lets the proxy threads listen. The first client does not wait until a comparison can begin.
   * @returns the port that clients use
   * @throws when the address cannot be bound
   */
  async listen(): Promise<number> {
    this.#compares.start();
    const port = await this.#proxies.listen();
    this.#descriptors.measure();
    return port;
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
    this.#store.updateRun(run, this.#config.compare.endpoints);
  }

  /** Pauses mirroring or overrides its shares. Resolves when every proxy thread uses it. */
  async control(control: ControlState): Promise<void> {
    this.#control = control;
    await this.#applyToProxies((revision) => ({ type: "control", control, revision }));
  }

  /** Sends a message to all proxy threads that run. */
  post(message: UnconfirmedMessage): void {
    this.#proxies.post(message);
  }

  /** Replaces the open tails. */
  watchTails(subscriptions: readonly TailSubscription[]): void {
    this.#compares.watchTails(subscriptions);
  }

  /** Replaces the causes for which the threads look in live requests. */
  arm(causes: readonly ArmedCause[]): void {
    this.#compares.arm(causes);
    this.#proxies.arm(causes);
  }

  /** Takes the run that the replicas of the store count to. Every request so far belongs to it as well. */
  joinRun(run: Run): void {
    this.#run = run;
  }

  /** Tells the other replicas about this one. */
  reportReplica(report: ReplicaReport): void {
    this.#store.report(report);
  }

  /** Edits the control that replicas share. @returns why that was not possible, or null */
  editControl(edit: ControlEdit): Promise<string | null> {
    return this.#store.control(edit);
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
  async switchRun(createRun: () => Run): Promise<SwitchFailure | null> {
    if (this.#store.error !== null) return { message: this.#store.error, isConflict: false };
    const isFlushed = await this.#proxies.broadcast(
      (revision) => ({ type: "flush", ...FLUSH_LIMITS, revision }),
      FLUSH_LIMITS.graceMs + FLUSH_LIMITS.commitMs,
    );
    if (!isFlushed) return { message: "the captured exchanges could not be stored in time", isConflict: false };
    const run = createRun();
    const failure = await this.#store.switchRun(run, run.startedAt);
    if (failure !== null) return failure;
    this.#run = run;
    // Not earlier: what the threads select from now on belongs to the new run.
    this.#compares.beginRun();
    return null;
  }

  /** What comparisons depend on now. */
  comparisonSettings(): ComparisonSettings {
    return comparisonSettingsOf(this.#config, this.#stored);
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
    this.#descriptors.close();
    await Promise.all([this.#proxies.close(), this.#compares.close(), this.#store.kill()]);
  }

  #createStore(): StoreClient {
    return new StoreClient({
      createWorkerData: () => ({ config: this.#config, run: this.#run, replica: this.#replica }),
      onStart: () => connectStore(this.#store.thread, this.#proxies, this.#compares),
      onDeath: (error) => this.#reportDeath("store", error),
      onState: (error) => {
        this.#storeOpened.resolve();
        this.#events.storeStateChanged(error);
      },
      onRules: (stored) => {
        const { templates } = stored;
        logNewlyLearned(this.#log, this.#stored?.templates, templates);
        this.#stored = stored;
        this.#proxies.post({ type: "templates", templates });
        this.#compares.reconfigure();
        this.#events.rulesChanged();
      },
      onShared: (state) => this.#events.shared(state),
      onJoined: (run) => this.#events.runJoined(run),
      onCommit: () => this.#events.committed(),
      onRequestsLost: (candidate, requests) => this.#events.requestsLost(candidate, requests),
      onFileLost: (loss) => this.#events.storeFileLost(loss),
      onMetrics: (snapshot) => this.#events.metrics("store", snapshot),
    });
  }

  #createCompares(): ComparePool {
    return new ComparePool({
      threads: this.#config.threads.compare,
      redactionKey: this.redactionKey,
      settings: () => this.comparisonSettings(),
      onStart: (compare, index) => connectCompare({ compare, index }, this.#proxies, this.#store.thread),
      onDeath: (index, reason, error) => {
        for (const proxy of this.#proxies.slots) proxy.thread?.post({ type: "compare-died", index, reason });
        if (reason === "thread-died") return this.#reportDeath(`compare-${index}`, error);
        const limit = reason === "timeout" ? "more CPU time than compare.timeout" : "more memory than its thread has";
        this.#log.warn({ thread: `compare-${index}` }, `a comparison took ${limit}: its exchange is skipped`);
        return this.#events.threadRestarted(`compare-${index}`, error);
      },
      onMetrics: (thread, snapshot) => this.#events.metrics(thread, snapshot),
      onTail: (deliveries) => this.#events.tail(deliveries),
      onEndpoints: (comparisons) => this.#events.endpointsCompared(comparisons),
    });
  }

  #createProxies(): ProxyPool {
    return new ProxyPool({
      threads: this.#config.threads.proxy,
      port: this.#config.listen.port,
      log: this.#log,
      createWorkerData: (port, index) => ({
        index,
        descriptors: this.#descriptors.cells,
        config: this.#config,
        identity: `${this.#replica.id}:${(this.#startedProxies += 1)}`,
        port,
        redactionKey: this.redactionKey,
        control: this.#control,
        templates: this.#stored?.templates ?? [],
        replay: this.#replay,
      }),
      onStart: (proxy) => {
        connectProxy(proxy, this.#compares, this.#store.thread);
        for (const { subset, address } of this.#events.downUpstreams()) {
          proxy.thread?.post({ type: "upstream-down", subset, address });
        }
      },
      onSpans: (batch) => this.#events.spans(batch, this.#stored?.templates ?? NO_TEMPLATES),
      onUpstream: (report) => this.#events.upstreamReported(report),
      onArrivals: (thread, arrivals) => this.#events.arrived(thread, arrivals),
      onFound: (found) => this.#events.found(found),
      onReplayed: (counts) => this.#events.replayed(counts),
      onDeath: (thread, identity, error) => {
        this.#store.proxyDied(identity);
        this.#reportDeath(thread, error);
      },
      onMetrics: (thread, snapshot) => this.#events.metrics(thread, snapshot),
    });
  }

  async #applyToProxies(createMessage: (revision: number) => MainToProxy): Promise<void> {
    if (await this.#proxies.broadcast(createMessage)) return;
    this.#log.warn("a proxy thread is stalled; it applies the change once it resumes");
  }

  #reportDeath(thread: string, error: Error | undefined): void {
    this.#log.error({ thread, err: error }, "a thread died; restarting it");
    this.#events.threadRestarted(thread, error);
  }
}
