import type { Config } from "../model/config.ts";
import type {
  BreakerView,
  CandidateControl,
  ControlChange,
  ControlView,
  ControlState,
  PercentOverride,
} from "../model/control.ts";
import { ApiError } from "./api-error.ts";

/** Changes listed on the dashboard; the log contains all of them. */
const MAX_LISTED_CHANGES = 50;
const BY_CONFIGURATION = "configuration";

export interface MirrorControlOptions {
  readonly config: Config;
  /** Resolves when the control applies in every proxy thread. */
  apply(control: ControlState): Promise<void>;
  /** The state of a circuit breaker; called only for candidates that have one. */
  breaker(route: string, candidate: string): BreakerView;
  /** Called with each change, for the log. */
  onChange(change: ControlChange): void;
  /** Unix milliseconds. */
  now(): number;
}

/** Pauses mirroring and overrides its percentages at run time, and keeps a list of the changes. */
export class MirrorControl {
  readonly #options: MirrorControlOptions;
  #config: Config;
  #control: ControlState = { paused: false, percents: [] };
  #changes: readonly ControlChange[] = [];

  constructor(options: MirrorControlOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get paused(): boolean {
    return this.#control.paused;
  }

  view(): ControlView {
    return { paused: this.paused, candidates: this.#candidates(), changes: this.#changes };
  }

  /** @param by the author of the change */
  async pause(paused: boolean, by: string): Promise<void> {
    const change = { what: "mirroring", before: stateText(this.paused), after: stateText(paused), by };
    await this.#set({ ...this.#control, paused }, [change]);
  }

  /**
   * Sets the percentage of a route's requests that is mirrored to a candidate.
   * @param percent 0–100; null restores the configured value
   * @throws ApiError 404 if the configuration has no such route or candidate
   */
  async setPercent(route: string, candidate: string, percent: number | null, by: string): Promise<void> {
    const before = this.#candidates().find((each) => each.route === route && each.candidate === candidate);
    if (before === undefined) {
      throw new ApiError(
        "unknown-candidate",
        `Route ${route} is not mirrored to ${candidate}.`,
        "GET /api/v1/control lists routes and candidates.",
      );
    }
    const { override, configured } = before;
    const [oldText, newText] = [shareText(override, configured), shareText(percent, configured)];
    const change = { what: `${route} → ${candidate}`, before: oldText, after: newText, by };
    const others = this.#control.percents.filter((each) => !isFor(each, before));
    const percents = percent === null ? others : [...others, { route, candidate, percent }];
    await this.#set({ ...this.#control, percents }, [change]);
  }

  /** Takes a reloaded configuration. Pause and overrides are kept, except overrides of candidates that were removed. */
  async configure(config: Config): Promise<void> {
    this.#config = config;
    const candidates = this.#candidates();
    const removed = this.#control.percents.filter((each) => !candidates.some((candidate) => isFor(each, candidate)));
    if (removed.length === 0) return;
    const changes = removed.map(({ route, candidate, percent }) => ({
      what: `${route} → ${candidate}`,
      before: `${percent}%`,
      after: "removed",
      by: BY_CONFIGURATION,
    }));
    const percents = this.#control.percents.filter((each) => !removed.includes(each));
    await this.#set({ ...this.#control, percents }, changes);
  }

  #candidates(): CandidateControl[] {
    const { paused, percents } = this.#control;
    return this.#config.routes.flatMap(({ name, action }) =>
      (action.type === "forward" ? action.candidates : []).map(({ subset, percent: configured, breaker: policy }) => {
        const target = { route: name, candidate: subset.name };
        const override = percents.find((each) => isFor(each, target))?.percent ?? null;
        const breaker = policy === undefined ? null : this.#options.breaker(name, subset.name);
        return { ...target, configured, override, effective: paused ? 0 : (override ?? configured), breaker };
      }),
    );
  }

  async #set(control: ControlState, changes: readonly Omit<ControlChange, "at">[]): Promise<void> {
    const at = this.#options.now();
    this.#control = control;
    this.#changes = [...changes.map((change) => ({ at, ...change })), ...this.#changes].slice(0, MAX_LISTED_CHANGES);
    for (const change of changes) this.#options.onChange({ at, ...change });
    await this.#options.apply(control);
  }
}

function isFor(override: PercentOverride, target: { readonly route: string; readonly candidate: string }): boolean {
  return override.route === target.route && override.candidate === target.candidate;
}

function stateText(paused: boolean): string {
  return paused ? "paused" : "on";
}

function shareText(override: number | null, configured: number): string {
  return override === null ? `${configured}% (configured)` : `${override}%`;
}
