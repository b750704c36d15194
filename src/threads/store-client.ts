import { settlesWithin } from "../lib/settles-within.ts";
import type { WorkerThread } from "../lib/runtime/worker-thread.ts";
import type { Run, SwitchFailure } from "../model/run.ts";
import type { ControlEdit } from "../model/shared/control-edit.ts";
import type { ReplicaReport, SharedState } from "../model/shared/replica.ts";
import type { FileLoss, StoredRules } from "../store/committer-options.ts";
import type { StoreEdit } from "../store/store.ts";
import type { MainToStore, MetricsSnapshot, StoreData, StoreToMain } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";

/** An edit takes milliseconds. A store that takes longer waits for its disk. */
const EDIT_TIMEOUT_MS = 5_000;
/** No client waits for this thread. With Node's default, some 50 MB of garbage would stay resident. */
const YOUNG_GENERATION_MB = 4;
/** A thread that starts needs about 200 ms, and seconds on a machine that is busy. */
const START_TIMEOUT_MS = 5_000;
const EDIT_TIMED_OUT = "the store did not respond in time; the change may still be applied";

type StoreRequest = Extract<MainToStore, { id: number }>;
/** A request before it has an id. Distributes `Omit` over the union. */
type StoreRequestBody = StoreRequest extends infer One ? (One extends StoreRequest ? Omit<One, "id"> : never) : never;

export interface StoreClientOptions {
  /** Called whenever a store thread starts. */
  createWorkerData(): StoreData;
  /** A store thread has started. No other thread has a port to it yet. */
  onStart(): void;
  onDeath(error: Error | undefined): void;
  /** The reason why nothing can be stored, or null when the store works. */
  onState(error: string | null): void;
  /** What is stored for comparisons. Called before the first `onState`, and whenever it changes. */
  onRules(stored: StoredRules): void;
  /** What the replicas of the store share, as it was read last. */
  onShared(state: SharedState): void;
  /** This process counts to a run that other replicas have begun. */
  onJoined(run: Run): void;
  onCommit(): void;
  /** The counts of a batch do not add up for a candidate. */
  onRequestsLost(candidate: string, requests: number): void;
  onFileLost(loss: FileLoss): void;
  onMetrics(snapshot: MetricsSnapshot): void;
}

interface PendingRequest {
  readonly message: StoreRequest;
  readonly resolve: (failure: SwitchFailure | null) => void;
}

/** The main thread's client of the store thread: keeps the thread running, and tracks the requests that await a response. */
export class StoreClient {
  readonly #options: StoreClientOptions;
  readonly #slot: ThreadSlot<MainToStore, StoreToMain>;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #deadProxies: string[] = [];
  #lastId = 0;
  #error: string | null = null;
  #onClosed: (() => void) | undefined;

  constructor(options: StoreClientOptions) {
    this.#options = options;
    this.#slot = new ThreadSlot<MainToStore, StoreToMain>({
      name: "store",
      kind: "store",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      createWorkerData: () => options.createWorkerData(),
      onStart: () => this.#handleStart(),
      onDeath: (error) => options.onDeath(error),
      onMessage: (message) => this.#handleMessage(message),
    });
  }

  get name(): string {
    return this.#slot.name;
  }

  get restarts(): number {
    return this.#slot.restarts;
  }

  get thread(): WorkerThread<MainToStore, StoreToMain> | undefined {
    return this.#slot.thread;
  }

  /** The reason why nothing can be stored at the moment, or null. */
  get error(): string | null {
    return this.#error;
  }

  start(): void {
    this.#slot.start();
  }

  /** @param identity of a proxy thread that has died */
  proxyDied(identity: string): void {
    this.#deadProxies.push(identity);
    this.#slot.thread?.post({ type: "proxy-died", identity });
  }

  /** @param endpoints the configured path templates */
  updateRun(run: Run, endpoints: readonly string[]): void {
    this.#slot.thread?.post({ type: "run", run, endpoints });
  }

  /** @param report of this replica, for the others */
  report(report: ReplicaReport): void {
    this.#slot.thread?.post({ type: "replica", report });
  }

  /** @returns why the edit could not be written, or null */
  edit(edit: StoreEdit): Promise<string | null> {
    return this.#requestInTime({ type: "edit", edit });
  }

  /** Edits the control that replicas share. @returns why that was not possible, or null */
  control(edit: ControlEdit): Promise<string | null> {
    return this.#requestInTime({ type: "control", edit });
  }

  /** Resolves when the outcome is known, without a time limit. @returns why the current run continues, or null */
  switchRun(run: Run, endedAt: number): Promise<SwitchFailure | null> {
    return this.#request({ type: "switch-run", run, endedAt });
  }

  /** Commits everything that has arrived. @returns whether that was done in time */
  async close(timeoutMs: number): Promise<boolean> {
    const { thread } = this.#slot;
    if (thread === undefined) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onClosed = resolve;
    thread.post({ type: "close" });
    return settlesWithin(timeoutMs, promise);
  }

  /**
   * Terminates the thread permanently. A thread that is still starting gets a moment to end on its own: terminating it while it
   * loads the native module of SQLite would abort the process.
   */
  async kill(): Promise<void> {
    if (this.#onClosed === undefined) await this.close(START_TIMEOUT_MS);
    await this.#slot.close();
  }

  async #requestInTime(body: StoreRequestBody): Promise<string | null> {
    const response = this.#request(body);
    const isInTime = await settlesWithin(
      EDIT_TIMEOUT_MS,
      response.then(() => undefined),
    );
    return isInTime ? ((await response)?.message ?? null) : EDIT_TIMED_OUT;
  }

  #request(body: StoreRequestBody): Promise<SwitchFailure | null> {
    this.#lastId += 1;
    const message: StoreRequest = { ...body, id: this.#lastId };
    return new Promise((resolve) => {
      this.#pending.set(message.id, { message, resolve });
      this.#slot.thread?.post(message);
    });
  }

  /** Repeats the pending requests. They are idempotent, since a thread may die before or after it has handled one. */
  #handleStart(): void {
    this.#options.onStart();
    for (const identity of this.#deadProxies) this.#slot.thread?.post({ type: "proxy-died", identity });
    for (const { message } of this.#pending.values()) this.#slot.thread?.post(message);
  }

  #handleMessage(message: StoreToMain): void {
    switch (message.type) {
      case "state":
        this.#error = message.error;
        return this.#options.onState(message.error);
      case "rules":
        return this.#options.onRules({
          rules: message.rules,
          denied: message.denied,
          templates: message.templates,
        });
      case "shared":
        return this.#options.onShared(message.state);
      case "joined":
        return this.#options.onJoined(message.run);
      case "committed":
        return this.#options.onCommit();
      case "requests-lost":
        return this.#options.onRequestsLost(message.candidate, message.requests);
      case "file-lost":
        return this.#options.onFileLost(message);
      case "metrics":
        return this.#options.onMetrics(message.snapshot);
      case "response":
        return this.#respond(message);
      case "closed":
        return this.#onClosed?.();
    }
  }

  #respond({ id, error, isConflict = false }: Extract<StoreToMain, { type: "response" }>): void {
    this.#pending.get(id)?.resolve(error === null ? null : { message: error, isConflict });
    this.#pending.delete(id);
  }
}
