import type { Run } from "../model/run.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import { ApiError } from "./api-error.ts";

/** Time for the switch, which first commits the captured exchanges. */
const SWITCH_TIMEOUT_MS = 45_000;

export interface RunRequest {
  /** Default: the id of the run. */
  readonly name?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RunSwitch {
  readonly ended: Run;
  readonly current: Run;
}

export interface RunManagerOptions {
  readonly run: Run;
  /** Creates a run of the current configuration that begins now. */
  create(request: RunRequest): Run;
  /**
   * Ends the current run and begins the next one.
   * @param next creates the next run, once all earlier exchanges are committed
   * @returns an error message if the current run continues, or null
   */
  apply(next: () => Run): Promise<string | null>;
  /** Called after a switch, to log it and to notify dashboards. */
  onSwitch(change: RunSwitch & { readonly by: string }): void;
}

/** Ends and begins runs. There is always a current run, so that every exchange is counted. */
export class RunManager {
  readonly #options: RunManagerOptions;
  #run: Run;
  #isBusy = false;

  constructor(options: RunManagerOptions) {
    this.#options = options;
    this.#run = options.run;
  }

  get current(): Run {
    return this.#run;
  }

  /** Replaces the current run after a reload, which can change its versions, gate and rules. */
  update(run: Run): void {
    this.#run = run;
  }

  /**
   * Ends the current run and begins another one. Resolves when all earlier exchanges are stored.
   * @param by the author of the change
   * @throws ApiError 409 during another switch, 503 if the store is unavailable; the current run continues then
   */
  async begin(request: RunRequest, by: string): Promise<RunSwitch> {
    if (this.#isBusy) {
      throw new ApiError(
        "run-changing",
        "Another request is ending the current run.",
        "Wait a few seconds and check GET /api/v1/runs before you try again.",
      );
    }
    this.#isBusy = true;
    const outcome = this.#switch(request, by);
    const isInTime = await settlesWithin(
      SWITCH_TIMEOUT_MS,
      outcome.then(() => undefined),
    );
    const change = isInTime ? await outcome : undefined;
    if (typeof change === "object") return change;
    throw new ApiError(
      "store-unavailable",
      isInTime
        ? `The current run continues: ${change}`
        : "The store did not respond in time, so the run may or may not have ended.",
      "Check the path and the disk of the store, check GET /api/v1/runs, then try again.",
    );
  }

  /** @returns the runs, or an error message */
  async #switch(request: RunRequest, by: string): Promise<RunSwitch | string> {
    let next: Run | undefined;
    try {
      const error = await this.#options.apply(() => (next = this.#options.create(request)));
      if (error !== null || next === undefined) return error ?? "no run was started";
      const change = { ended: { ...this.#run, endedAt: next.startedAt }, current: next };
      this.#run = next;
      this.#options.onSwitch({ ...change, by });
      return change;
    } finally {
      this.#isBusy = false;
    }
  }
}
