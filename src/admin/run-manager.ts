import { isDeepStrictEqual } from "node:util";
import type { Run, SwitchFailure } from "../model/run.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import { ApiError, STORE_REMEDY } from "./api-error.ts";
import type { ReplicaList } from "./replicas/replica-list.ts";

/** Time for the switch, which first commits the captured exchanges. */
const SWITCH_TIMEOUT_MS = 45_000;
/** How long the response waits for the other replicas, which first commit what they have captured. */
const FOLLOW_TIMEOUT_MS = 10_000;

export interface RunRequest {
  /** Default: the id of the run. */
  readonly name?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RunSwitch {
  readonly ended: Run;
  readonly current: Run;
  /** Names of the live replicas that still count to the run that has ended. Undefined if the store is not shared. */
  readonly waiting?: readonly string[] | undefined;
}

export interface RunManagerOptions {
  readonly run: Run;
  /** Undefined if no other process can share the store. */
  readonly replicas?: ReplicaList | undefined;
  /** Creates a run of the current configuration that begins now. */
  create(request: RunRequest): Run;
  /**
   * Ends the current run and begins the next one.
   * @param next creates the next run, once all earlier exchanges are committed
   * @returns why the current run continues, or null
   */
  apply(next: () => Run): Promise<SwitchFailure | null>;
  /** Called after a switch, to log it and to notify dashboards. @param by undefined: another replica has begun the run */
  onSwitch(change: RunSwitch & { readonly by: string | undefined }): void;
  /** Called when another replica has changed the current run, such as its gate. */
  onUpdate?(run: Run): void;
}

/**
 * Ends and begins runs. There is always a current run, so that every exchange is counted. With a shared store, all replicas count
 * to the same run: each follows the one that begins a run, with a switch of its own.
 */
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

  /** Replaces the current run after a reload, which can change its versions, gate and rules, or by the one that was joined. */
  update(run: Run): void {
    this.#run = run;
  }

  /**
   * Ends the current run and begins another one. Resolves when all earlier exchanges are stored, and the other replicas follow or
   * have taken too long.
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
    const outcome = this.#switch(() => this.#options.create(request), by);
    const isInTime = await settlesWithin(
      SWITCH_TIMEOUT_MS,
      outcome.then(() => undefined),
    );
    const change = isInTime ? await outcome : undefined;
    if (change === undefined) {
      throw unavailable("The store did not respond in time, so the run may or may not have ended.");
    }
    if ("current" in change) return { ...change, waiting: await this.#waiting(change.current) };
    if (!change.isConflict) throw unavailable(`The current run continues: ${change.message}`);
    throw new ApiError(
      "run-changing",
      "Another replica has begun a run at the same time.",
      "That run is the current one on all replicas: GET /api/v1/runs. Try again if you need another one.",
    );
  }

  /**
   * Takes the current run from the shared store: updates it, or switches to it after everything captured so far is committed. A
   * switch that is not possible at the moment is repeated with the next call.
   */
  async follow(run: Run): Promise<void> {
    if (run.id === this.#run.id) {
      if (isDeepStrictEqual(run, this.#run)) return;
      this.#run = run;
      this.#options.onUpdate?.(run);
      return;
    }
    if (!this.#isBusy) await this.#switch(() => run, undefined);
  }

  async #waiting({ id }: Run): Promise<readonly string[] | undefined> {
    return (await this.#options.replicas?.reached(({ runId }) => runId === id, FOLLOW_TIMEOUT_MS))?.waiting;
  }

  /** @returns the runs, or why the current run continues */
  async #switch(create: () => Run, by: string | undefined): Promise<RunSwitch | SwitchFailure> {
    this.#isBusy = true;
    let next: Run | undefined;
    try {
      const failure = await this.#options.apply(() => (next = create()));
      if (failure !== null || next === undefined)
        return failure ?? { message: "no run was started", isConflict: false };
      const change = { ended: { ...this.#run, endedAt: next.startedAt }, current: next };
      this.#run = next;
      this.#options.onSwitch({ ...change, by });
      return change;
    } finally {
      this.#isBusy = false;
    }
  }
}

function unavailable(message: string): ApiError {
  return new ApiError("store-unavailable", message, `${STORE_REMEDY} Check GET /api/v1/runs, then try again.`);
}
