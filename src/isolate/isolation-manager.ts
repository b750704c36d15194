import type { Isolation } from "../model/isolate/isolation.ts";
import { IsolationJob, type IsolationJobOptions, type IsolationOrder } from "./isolation-job.ts";

export interface IsolationManagerOptions extends Omit<IsolationJobOptions, "onChange"> {
  readonly createId: () => string;
  /** Called with each change of any isolation. */
  readonly onChange: () => void;
  /** Called with each isolation that has ended, which `stop` and `close` wait for. */
  readonly onEnd: (isolation: Isolation) => Promise<void>;
  /** A bug: the isolation has failed. */
  readonly onError: (error: unknown) => void;
}

/** Those of this process that are remembered without a store. */
const MAX_REMEMBERED = 100;

/** Runs isolations, one at a time for each candidate, and remembers the latest ones. */
export class IsolationManager {
  readonly #options: IsolationManagerOptions;
  readonly #jobs = new Map<string, IsolationJob>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: IsolationManagerOptions) {
    this.#options = options;
  }

  /** The one that has not ended. */
  runningOf(candidate: string): Isolation | undefined {
    return this.list().find((each) => each.candidate === candidate && each.endedAt === null);
  }

  /** Newest first. */
  list(): readonly Isolation[] {
    return [...this.#jobs.values()].map(({ isolation }) => isolation).toReversed();
  }

  get(id: string): Isolation | undefined {
    return this.#jobs.get(id)?.isolation;
  }

  /** Begins an isolation; none of the candidate may be running. */
  start(order: IsolationOrder): Isolation {
    const { createId, onChange, onEnd, onError } = this.#options;
    const job = new IsolationJob(createId(), order, { ...this.#options, onChange });
    this.#jobs.set(job.isolation.id, job);
    this.#forget();
    const { id } = job.isolation;
    const ended = job
      .run()
      .catch(onError)
      .then(() => onEnd(job.isolation))
      .finally(() => this.#running.delete(id));
    this.#running.set(id, ended);
    return job.isolation;
  }

  /** @returns undefined if there is no such isolation; one that has ended stays as it is */
  async stop(id: string, by: string): Promise<Isolation | undefined> {
    const job = this.#jobs.get(id);
    job?.stop(by);
    await this.#running.get(id);
    return job?.isolation;
  }

  /** Stops all, and resolves when they have ended. */
  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.stop("the end of the process");
    await Promise.all(this.#running.values());
  }

  #forget(): void {
    for (const [id, { isolation }] of this.#jobs) {
      if (this.#jobs.size <= MAX_REMEMBERED) return;
      if (isolation.endedAt !== null) this.#jobs.delete(id);
    }
  }
}
