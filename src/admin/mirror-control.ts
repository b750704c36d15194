import { isDeepStrictEqual } from "node:util";
import { settlesWithin } from "../lib/settles-within.ts";
import type { Config } from "../model/config.ts";
import type {
  BreakerView,
  CandidateControl,
  ControlChange,
  ControlState,
  ControlView,
  SamplingView,
} from "../model/control.ts";
import {
  applyControlEdit,
  candidateText,
  hasChange,
  isOverrideFor,
  listChanges,
  type ControlEdit,
  type ListedControl,
} from "../model/shared/control-edit.ts";
import type { SharedState } from "../model/shared/replica.ts";
import { ApiError } from "./api-error.ts";
import type { ReplicaList } from "./replicas/replica-list.ts";

const BY_CONFIGURATION = "configuration";
/** How long a change waits for the other replicas, and a pause for the store; all of them normally take milliseconds. */
const REACH_TIMEOUT_MS = 2_000;

/** The control that all replicas of a store share. */
export interface SharedControl {
  readonly replicas: ReplicaList;
  /**
   * Writes an edit to the store. What was read from the store after that has been passed to `follow` before this resolves.
   * @returns why that was not possible, or null
   */
  write(edit: ControlEdit): Promise<string | null>;
}

export interface MirrorControlOptions {
  readonly config: Config;
  /** Undefined if no other process can share the store. */
  readonly shared?: SharedControl | undefined;
  /** Resolves when the control applies in every proxy thread. */
  apply(control: ControlState): Promise<void>;
  /** The state of a circuit breaker; called only for candidates that have one. */
  breaker(route: string, candidate: string): BreakerView;
  /** What the sampling of a candidate does, if its shares follow verdicts. */
  sampling?(route: string, candidate: string): SamplingView | undefined;
  /** Called with each change, for the log. */
  onChange(change: ControlChange): void;
  /** Unix milliseconds. */
  now(): number;
}

interface UnstoredPause {
  readonly edit: ControlEdit;
  reason: string;
  isWriting: boolean;
}

/**
 * Pauses mirroring and overrides its percentages at run time, and keeps a list of the changes. With a shared store, an edit is
 * written to the store first, and applies once it is read from there. Only a pause applies at once on the replica that is asked,
 * because it must work without the store; it is written as soon as the store works.
 */
export class MirrorControl {
  readonly #options: MirrorControlOptions;
  #config: Config;
  /** As stored, if the store is shared. */
  #listed: ListedControl = { control: { paused: false, percents: [] }, changes: [] };
  /** A pause that is not in `#listed` yet, and why. */
  #unstored: UnstoredPause | undefined;
  #applied: ControlState = this.#listed.control;
  #applying = Promise.resolve();
  /** The change of the shared state since which `#listed` has its control. */
  #since = 0;
  #isFirst = true;

  constructor(options: MirrorControlOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get paused(): boolean {
    return this.#effective.control.paused;
  }

  /** The percentage of a candidate that applies unless mirroring is paused; 0 if the route has no such candidate. */
  percent(route: string, candidate: string): number {
    const override = this.#effective.control.percents.find((each) => isOverrideFor(each, { route, candidate }));
    const { action } = this.#config.routes.find(({ name }) => name === route) ?? {};
    const policies = action?.type === "forward" ? action.candidates : [];
    return override?.percent ?? policies.find(({ subset }) => subset.name === candidate)?.percent ?? 0;
  }

  view(): ControlView {
    const { changes } = this.#effective;
    return { paused: this.paused, candidates: this.#candidates(), changes, reach: this.#reach() };
  }

  /**
   * @param by the author of the change
   * @throws ApiError 503 if mirroring cannot be resumed because the store is shared and unavailable
   */
  async pause(paused: boolean, by: string): Promise<void> {
    const edit: ControlEdit = { type: "pause", paused, ...this.#author(by) };
    if (this.#options.shared === undefined) return this.#editHere(edit);
    if (paused) return this.#pauseAtOnce(edit, this.#options.shared);
    const wasUnstored = this.#unstored !== undefined;
    this.#unstored = undefined;
    // No other replica has seen the pause.
    if (!wasUnstored || this.#listed.control.paused) return this.#editShared(edit, this.#options.shared);
    this.#log(applyControlEdit({ ...this.#listed, control: this.#applied }, edit).changes.slice(0, 1));
    return this.#apply();
  }

  /**
   * Sets the percentage of a route's requests that is mirrored to a candidate.
   * @param percent 0–100; null restores the configured value
   * @throws ApiError 404 if the configuration has no such route or candidate, 503 if the store is shared and unavailable
   */
  async setPercent(route: string, candidate: string, percent: number | null, by: string): Promise<void> {
    const known = this.#candidates().find((each) => each.route === route && each.candidate === candidate);
    if (known === undefined) {
      throw new ApiError(
        "unknown-candidate",
        `Route ${route} is not mirrored to ${candidate}.`,
        "GET /api/v1/control lists routes and candidates.",
      );
    }
    const { configured } = known;
    const edit: ControlEdit = { type: "percent", route, candidate, percent, configured, ...this.#author(by) };
    if (this.#options.shared === undefined) return this.#editHere(edit);
    return this.#editShared(edit, this.#options.shared);
  }

  /**
   * Takes a reloaded configuration. Pause and overrides are kept, except overrides of candidates that were removed: with a
   * shared store those are kept as well, because other replicas may still have the candidates.
   */
  async configure(config: Config): Promise<void> {
    this.#config = config;
    if (this.#options.shared !== undefined) return;
    const candidates = this.#candidates();
    const { control, changes } = this.#listed;
    const removed = control.percents.filter((each) => !candidates.some((candidate) => isOverrideFor(each, candidate)));
    if (removed.length === 0) return;
    const at = this.#options.now();
    const removals = removed.map((override) => ({
      at,
      what: candidateText(override),
      before: `${override.percent}%`,
      after: "removed",
      by: BY_CONFIGURATION,
    }));
    const percents = control.percents.filter((each) => !removed.includes(each));
    this.#listed = { control: { ...control, percents }, changes: listChanges(removals, changes) };
    this.#log(removals);
    await this.#apply();
  }

  /** Takes what was read from the shared store. Resolves when it applies in every proxy thread. */
  async follow({ change, control, changes }: Pick<SharedState, "change" | "control" | "changes">): Promise<void> {
    const before = this.#effective.changes;
    if (!isDeepStrictEqual(control, this.#listed.control)) this.#since = change;
    this.#listed = { control, changes };
    const { edit } = this.#unstored ?? {};
    if (edit !== undefined && this.#effective.changes === changes) this.#unstored = undefined;
    if (!this.#isFirst) this.#log(changes.filter((each) => !hasChange(before, each)));
    this.#isFirst = false;
    await this.#apply();
  }

  /** Writes a pause that the store has not yet. Called whenever the store may work again. */
  async retry(): Promise<void> {
    if (this.#unstored !== undefined && !this.#unstored.isWriting) await this.#write(this.#unstored);
  }

  get #effective(): ListedControl {
    return this.#unstored === undefined ? this.#listed : applyControlEdit(this.#listed, this.#unstored.edit);
  }

  #author(by: string): Pick<ControlEdit, "at" | "by" | "replica"> {
    return { at: this.#options.now(), by, replica: this.#options.shared?.replicas.self.name };
  }

  async #editHere(edit: ControlEdit): Promise<void> {
    this.#listed = applyControlEdit(this.#listed, edit);
    this.#log(this.#listed.changes.slice(0, 1));
    await this.#apply();
  }

  async #editShared(edit: ControlEdit, shared: SharedControl): Promise<void> {
    const error = await shared.write(edit);
    if (error !== null) {
      throw new ApiError(
        "store-unavailable",
        `The change could not be stored, so no replica has it: ${error}`,
        "Try again when the store works. Pausing works without it, on each replica that is asked.",
      );
    }
    await this.#reached(shared.replicas);
  }

  async #pauseAtOnce(edit: ControlEdit, { replicas }: SharedControl): Promise<void> {
    const unstored = { edit, reason: "the store has not responded yet", isWriting: false };
    this.#unstored = unstored;
    this.#log(this.#effective.changes.slice(0, 1));
    await this.#apply();
    const isInTime = await settlesWithin(REACH_TIMEOUT_MS, this.#write(unstored));
    if (isInTime && this.#unstored !== unstored) await this.#reached(replicas);
  }

  async #write(unstored: UnstoredPause): Promise<void> {
    unstored.isWriting = true;
    const error = await this.#options.shared?.write(unstored.edit);
    unstored.isWriting = false;
    if (typeof error === "string") unstored.reason = error;
  }

  /** Waits until the live replicas apply the control. */
  async #reached(replicas: ReplicaList): Promise<void> {
    const since = this.#since;
    await replicas.reached(({ applied }) => applied >= since, REACH_TIMEOUT_MS);
  }

  #reach(): ControlView["reach"] {
    if (this.#options.shared === undefined) return undefined;
    const isPausedHere = this.#unstored !== undefined;
    const { self } = this.#options.shared.replicas;
    const { done, waiting } = this.#options.shared.replicas.reachedNow(({ id, applied }) =>
      isPausedHere ? id === self.id : applied >= this.#since,
    );
    return { applied: done, waiting, unstored: this.#unstored?.reason ?? null };
  }

  #candidates(): CandidateControl[] {
    const { paused, percents } = this.#effective.control;
    return this.#config.routes.flatMap(({ name, action }) =>
      (action.type === "forward" ? action.candidates : []).map(({ subset, percent: configured, breaker: policy }) => {
        const target = { route: name, candidate: subset.name };
        const override = percents.find((each) => isOverrideFor(each, target))?.percent ?? null;
        const breaker = policy === undefined ? null : this.#options.breaker(name, subset.name);
        const sampling = this.#options.sampling?.(name, subset.name);
        const effective = paused ? 0 : (override ?? configured);
        return { ...target, configured, override, effective, breaker, ...(sampling !== undefined && { sampling }) };
      }),
    );
  }

  #log(changes: readonly ControlChange[]): void {
    for (const change of changes.toReversed()) this.#options.onChange(change);
  }

  #apply(): Promise<void> {
    const { control } = this.#effective;
    if (isDeepStrictEqual(control, this.#applied)) return this.#applying;
    this.#applied = control;
    this.#applying = this.#options.apply(control);
    return this.#applying;
  }
}
