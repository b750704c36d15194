import { Worker, type ResourceLimits, type Transferable } from "node:worker_threads";

/** In the npm package, stack traces name the sources. If the process has flags, threads inherit those: not all can be stated here. */
const NODE_FLAGS = process.execArgv.length > 0 ? undefined : ["--enable-source-maps"];

export interface WorkerThreadOptions<FromThread> {
  /** Shown in debuggers and metrics, for example `compare-0`. */
  readonly name: string;
  /** The source or the built file of the thread. */
  readonly file: URL;
  readonly workerData: unknown;
  readonly resourceLimits?: ResourceLimits | undefined;
  onMessage(message: FromThread): void;
  /** The thread has ended, for whatever reason. `error` is what it threw, if it threw. */
  onExit(error: Error | undefined): void;
}

/** A running worker thread with typed messages in both directions. */
export class WorkerThread<ToThread, FromThread> {
  readonly #worker: Worker;
  #error: Error | undefined;

  constructor(options: WorkerThreadOptions<FromThread>) {
    this.#worker = new Worker(options.file, {
      name: options.name,
      workerData: options.workerData,
      resourceLimits: options.resourceLimits ?? {},
      ...(NODE_FLAGS !== undefined && { execArgv: NODE_FLAGS }),
    });
    this.#worker.on("message", (message: FromThread) => options.onMessage(message));
    this.#worker.on("error", (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", () => options.onExit(this.#error));
  }

  post(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread at once, without notice. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
