import { extname } from "node:path";
import { Worker, type ResourceLimits, type Transferable } from "node:worker_threads";

export interface WorkerThreadOptions<FromThread> {
  /** Shown by debuggers and in metrics, e.g. `compare-0`. */
  readonly name: string;
  readonly kind: "proxy" | "compare" | "store";
  readonly workerData: unknown;
  readonly resourceLimits?: ResourceLimits | undefined;
  message(message: FromThread): void;
  /** The thread is gone, whoever ended it; `error` is what it threw, if it threw. */
  exit(error: Error | undefined): void;
}

/** One living worker thread with a typed pair of messages. */
export class WorkerThread<ToThread, FromThread> {
  readonly #worker: Worker;
  #error: Error | undefined;

  constructor(options: WorkerThreadOptions<FromThread>) {
    // The worker has the ending of this file, so it is found when running from sources and from a build.
    const file = new URL(`./${options.kind}-worker${extname(import.meta.filename)}`, import.meta.url);
    this.#worker = new Worker(file, {
      name: options.name,
      workerData: options.workerData,
      resourceLimits: options.resourceLimits ?? {},
    });
    this.#worker.on("message", (message: FromThread) => options.message(message));
    this.#worker.on("error", (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", () => options.exit(this.#error));
  }

  post(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread without asking it. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
