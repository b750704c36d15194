import type { Run } from "../model/run.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import { ApiError } from "./api-error.ts";

/** What was captured has to be committed first; then the store has this long. */
const ANSWER_MS = 45_000;

export interface RunRequest {
  /** Undefined: its id. */
  readonly name?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RunSwitch {
  readonly ended: Run;
  readonly current: Run;
}

export interface RunManagerOptions {
  readonly run: Run;
  /** A run of the configuration in force that begins now. */
  create(request: RunRequest): Run;
  /**
   * Ends the run in force, and goes on with another one.
   * @param next makes it, when the time has come
   * @returns why the run goes on, or null
   */
  apply(next: () => Run): Promise<string | null>;
  /** For the log and the dashboards. */
  switched(change: RunSwitch & { readonly by: string }): void;
}

/** Where runs are ended and begun. There is always one, so that everything is counted somewhere. */
export class RunManager {
  readonly #options: RunManagerOptions;
  #run: Run;
  #isBusy = false;

  constructor(options: RunManagerOptions) {
    this.#options = options;
    this.#run = options.run;
  }

  /** The run that counts now. */
  get current(): Run {
    return this.#run;
  }

  /** A reload has changed its versions or its gate. */
  change(run: Run): void {
    this.#run = run;
  }

  /**
   * Ends the current run and begins another one. Fulfilled when everything that was answered before is stored.
   * @param by who asked for it
   * @throws ApiError 409 while that is under way, 503 when the store cannot be used: the run goes on then
   */
  async begin(request: RunRequest, by: string): Promise<RunSwitch> {
    if (this.#isBusy) {
      throw new ApiError(
        "run-changing",
        "A run is being ended.",
        "Wait some seconds, and look at GET /api/v1/runs before you try again.",
      );
    }
    this.#isBusy = true;
    const outcome = this.#switch(request, by);
    const inTime = await settlesWithin(
      ANSWER_MS,
      outcome.then(() => undefined),
    );
    const change = inTime ? await outcome : undefined;
    if (typeof change === "object") return change;
    throw new ApiError(
      "store-unavailable",
      `The run ${inTime ? "goes on" : "may go on"}: ${change ?? "the store has not answered in time"}`,
      "See the store's path and disk, look at GET /api/v1/runs, and try again.",
    );
  }

  /** @returns what has changed, or why nothing has */
  async #switch(request: RunRequest, by: string): Promise<RunSwitch | string> {
    let begun: Run | undefined;
    try {
      const error = await this.#options.apply(() => (begun = this.#options.create(request)));
      if (error !== null || begun === undefined) return error ?? "nothing was begun";
      const change = { ended: { ...this.#run, endedAt: begun.startedAt }, current: begun };
      this.#run = begun;
      this.#options.switched({ ...change, by });
      return change;
    } finally {
      this.#isBusy = false;
    }
  }
}
