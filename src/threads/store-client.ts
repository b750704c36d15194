import { settlesWithin } from "../lib/settles-within.ts";
import type { Config } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit } from "../store/store.ts";
import type { MainToStore, MetricsSnapshot, StoreData, StoreToMain } from "./thread-messages.ts";
import { ThreadSlot } from "./thread-slot.ts";
import type { WorkerThread } from "./worker-thread.ts";

/** A change takes milliseconds; a store that takes longer waits for its disk. */
const EDIT_MS = 5_000;
/** It serves nobody who waits: with the default, some 50 MB of garbage would stay resident. */
const YOUNG_MB = 8;
const LATE = "the store has not answered in time; the change may still come to pass";

type Request = Extract<MainToStore, { id: number }>;
/** As it is asked for: it gets its id on the way. */
type Question = Request extends infer One ? (One extends Request ? Omit<One, "id"> : never) : never;

export interface StoreClientOptions {
  /** Asked at each birth of a store thread. */
  config(): Config;
  run(): Run;
  /** There is a new store thread, which no compare thread knows yet. */
  up(): void;
  down(error: Error | undefined): void;
  /** Why nothing can be stored, or null when it can. */
  state(error: string | null): void;
  /** The stored rules; told before the first state. */
  rules(rules: readonly Rule[]): void;
  committed(): void;
  metrics(snapshot: MetricsSnapshot): void;
}

interface Open {
  readonly message: Request;
  readonly answer: (error: string | null) => void;
}

/** The store thread as main sees it: a place that is always filled, and the questions that it has not answered yet. */
export class StoreClient {
  readonly #options: StoreClientOptions;
  readonly #slot: ThreadSlot<MainToStore, StoreToMain>;
  readonly #open = new Map<number, Open>();
  #asked = 0;
  #error: string | null = null;
  #onClosed: (() => void) | undefined;

  constructor(options: StoreClientOptions) {
    this.#options = options;
    this.#slot = new ThreadSlot<MainToStore, StoreToMain>({
      name: "store",
      kind: "store",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      workerData: (): StoreData => ({ config: options.config(), run: options.run() }),
      up: () => {
        options.up();
        // A thread may have died before or after it did what it was asked for: doing it twice is doing it once. In the
        // constructor there is no slot yet, and nothing that was asked.
        for (const { message } of this.#open.values()) this.#slot.thread?.post(message);
      },
      down: (error) => options.down(error),
      message: (message) => this.#take(message),
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

  /** Why nothing can be stored at the moment; null while all is well. */
  get error(): string | null {
    return this.#error;
  }

  updateRun(run: Run): void {
    this.#slot.thread?.post({ type: "run", run });
  }

  /** @returns why the change could not be written, or null */
  async edit(edit: StoreEdit): Promise<string | null> {
    const answer = this.#ask({ type: "edit", edit });
    const inTime = await settlesWithin(
      EDIT_MS,
      answer.then(() => undefined),
    );
    return inTime ? answer : LATE;
  }

  /** Fulfilled when it is known, however long that takes. @returns why the run goes on, or null */
  switchRun(run: Run, endedAt: number): Promise<string | null> {
    return this.#ask({ type: "switch-run", run, endedAt });
  }

  /** Commits everything. @returns whether that was done in time */
  async close(ms: number): Promise<boolean> {
    const { thread } = this.#slot;
    if (thread === undefined) return false;
    const closed = new Promise<void>((resolve) => (this.#onClosed = resolve));
    thread.post({ type: "close" });
    return settlesWithin(ms, closed);
  }

  /** Ends the thread for good. */
  async kill(): Promise<void> {
    await this.#slot.close();
  }

  #ask(question: Question): Promise<string | null> {
    this.#asked += 1;
    const message: Request = { ...question, id: this.#asked };
    return new Promise((resolve) => {
      this.#open.set(message.id, { message, answer: resolve });
      this.#slot.thread?.post(message);
    });
  }

  #take(message: StoreToMain): void {
    switch (message.type) {
      case "state":
        this.#error = message.error;
        return this.#options.state(message.error);
      case "rules":
        return this.#options.rules(message.rules);
      case "committed":
        return this.#options.committed();
      case "metrics":
        return this.#options.metrics(message.snapshot);
      case "answered":
        this.#open.get(message.id)?.answer(message.error);
        this.#open.delete(message.id);
        return;
      case "closed":
        return this.#onClosed?.();
    }
  }
}
