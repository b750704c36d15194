import { extname } from "node:path";
import { getHeapStatistics } from "node:v8";
import { settlesWithin } from "../../lib/settles-within.ts";
import { WorkerThread } from "../../lib/runtime/worker-thread.ts";
import type { StoreLocation } from "../../model/store/store-location.ts";
import { ApiError } from "../api-error.ts";
import type { Answer, Question, QuestionName } from "./questions.ts";
import type { ReportChange, ReportFacts } from "./report-desk.ts";
import type { Failure, MainToReport, ReportThreadData, ReportToMain } from "./report-messages.ts";
import type { Reports } from "./reports.ts";

const BYTES_PER_MB = 2 ** 20;
/** Without a question for so long, the thread ends. Its memory grows with the store. */
const IDLE_MS = 300_000;
/** A thread that builds a report or still starts ends later than that only on a machine that is busy. */
const CLOSE_TIMEOUT_MS = 5_000;

/** As the main thread has. With Node's default, some 50 MB of garbage would stay resident. */
const YOUNG_GENERATION_MB = 12;
/** Three times what reports of 10,000 endpoints need. A thread with gigabytes collects garbage for minutes before it dies. */
const MAX_OLD_GENERATION_MB = 1_024;

export interface ReportThreadOptions {
  readonly location: StoreLocation;
  /** Called with every question. What has changed is another object. */
  readonly facts: () => ReportFacts;
  readonly onMetrics: (snapshot: readonly object[]) => void;
  /** The thread has ended because it has been idle. */
  readonly onIdle: () => void;
  /** The thread has died. The next question starts another one. */
  readonly onDeath: (error: Error | undefined) => void;
  readonly idleMs?: number;
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly worker: WorkerThread<MainToReport, ReportToMain>;
  readonly ended: Promise<void>;
}

/**
 * Asks the report thread, so that no report is built on the main thread. The thread starts with the first question, and ends when
 * none has come for some minutes.
 */
export class ReportThread implements Reports {
  readonly #options: ReportThreadOptions;
  readonly #pending = new Map<number, Pending>();
  #running: Running | undefined;
  #lastId = 0;
  /** What the thread knows. */
  #told: ReportFacts | undefined;
  /** Monotonic milliseconds. */
  #restsUntil = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ReportThreadOptions) {
    this.#options = options;
  }

  ask<Name extends QuestionName>(name: Name, question: Question<Name>): Promise<Answer<Name>> {
    return this.#ask(name, question, false) as Promise<Answer<Name>>;
  }

  askJson(name: QuestionName, question: Question<QuestionName>): Promise<Uint8Array> {
    return this.#ask(name, question, true) as Promise<Uint8Array>;
  }

  changed(change: ReportChange): void {
    this.#running?.worker.post({ type: "changed", change });
    if (change !== "committed") this.#restsUntil = 0;
  }

  restMs(): number {
    return this.#restsUntil - performance.now();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  #ask(name: QuestionName, question: Question<QuestionName>, isJson: boolean): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(stopping());
    clearTimeout(this.#idleTimer);
    const facts = this.#options.facts();
    const { worker } = (this.#running ??= this.#start(facts));
    if (facts.current !== this.#told?.current || facts.storeError !== this.#told.storeError) {
      worker.post({ type: "facts", facts });
      this.#told = facts;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.post({ type: "ask", id, name, question, isJson });
    });
  }

  #start(facts: ReportFacts): Running {
    const { location } = this.#options;
    const { promise: hasEnded, resolve } = Promise.withResolvers<void>();
    this.#told = facts;
    const worker = new WorkerThread<MainToReport, ReportToMain>({
      name: "report",
      // The extension of this file is the worker's too: `.ts` when running from source, `.js` in a build.
      file: new URL(`./report-worker${extname(import.meta.filename)}`, import.meta.url),
      workerData: { location, facts } satisfies ReportThreadData,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        // In a container, V8's limit follows from its memory.
        maxOldGenerationSizeMb: Math.min(MAX_OLD_GENERATION_MB, getHeapStatistics().heap_size_limit / BYTES_PER_MB),
      },
      // Metrics of a thread that ends would be counted twice.
      onMessage: (message) => {
        if (this.#running?.worker === worker) this.#receive(message);
      },
      onExit: (error) => {
        resolve();
        if (this.#running?.worker === worker) this.#handleDeath(error);
      },
    });
    return { worker, ended: hasEnded };
  }

  #receive(message: ReportToMain): void {
    if (message.type === "metrics") {
      this.#options.onMetrics(message.snapshot);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    this.#restsUntil = performance.now() + message.restMs;
    if (message.type === "answer") pending?.resolve(message.answer);
    else pending?.reject(errorOf(message.failure));
    if (this.#pending.size === 0) this.#waitForIdle();
  }

  #waitForIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      void this.#end();
      this.#options.onIdle();
    }, this.#options.idleMs ?? IDLE_MS).unref();
  }

  /** Terminating a thread while it loads the native module of SQLite would abort the process, so it is asked to end. */
  async #end(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.worker.post({ type: "close" });
    this.#rejectAll(stopping());
    if (!(await settlesWithin(CLOSE_TIMEOUT_MS, running.ended))) await running.worker.terminate();
  }

  #handleDeath(error: Error | undefined): void {
    this.#running = undefined;
    this.#restsUntil = 0;
    clearTimeout(this.#idleTimer);
    this.#rejectAll(died(error?.message ?? "it has ended"));
    this.#options.onDeath(error);
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function died(why: string): ApiError {
  const message = `The report was not built: the thread that builds it has died: ${why}.`;
  return new ApiError("internal", message, "Send the request once more.");
}

/** No defect. */
function stopping(): ApiError {
  return new ApiError(
    "stopping",
    "The report was not built: shadowdiff stops.",
    "Send the request once it runs again.",
  );
}

function errorOf({ api, error }: Failure): Error {
  if (api === null) return error ?? new Error("unknown");
  return new ApiError(api.code, api.message, api.remedy, error === undefined ? {} : { cause: error });
}
