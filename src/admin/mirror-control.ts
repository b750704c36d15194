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

/** The list is for the eyes; the log keeps everything. */
const KEPT_CHANGES = 50;
const BY_CONFIGURATION = "configuration";

export interface MirrorControlOptions {
  readonly config: Config;
  /** Fulfilled when it holds in every proxy thread. */
  apply(control: ControlState): Promise<void>;
  /** What the circuit breaker of a route's candidate does; asked for those that have one. */
  breaker(route: string, candidate: string): BreakerView;
  /** For the log. */
  changed(change: ControlChange): void;
  /** Unix milliseconds. */
  now(): number;
}

/** Where mirroring is paused and its shares are set while the program runs, and what was done there. */
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

  /** @param by who asked for it */
  async pause(paused: boolean, by: string): Promise<void> {
    const change = { what: "mirroring", before: stateText(this.paused), after: stateText(paused), by };
    await this.#set({ ...this.#control, paused }, [change]);
  }

  /**
   * Sets the share of a route's requests that a candidate gets a copy of.
   * @param percent 0–100; null: as configured
   * @throws ApiError 404 when the configuration has no such route or candidate
   */
  async setPercent(route: string, candidate: string, percent: number | null, by: string): Promise<void> {
    const before = this.#candidates().find((one) => one.route === route && one.candidate === candidate);
    if (before === undefined) {
      throw new ApiError(
        "unknown-candidate",
        `No route ${route} is mirrored to ${candidate}.`,
        "GET /api/v1/control lists routes and candidates.",
      );
    }
    const { override, configured } = before;
    const [was, is] = [shareText(override, configured), shareText(percent, configured)];
    const change = { what: `${route} → ${candidate}`, before: was, after: is, by };
    const others = this.#control.percents.filter((one) => !isFor(one, before));
    const percents = percent === null ? others : [...others, { route, candidate, percent }];
    await this.#set({ ...this.#control, percents }, [change]);
  }

  /** A configuration was loaded: pause and shares stay, except those of candidates that are gone. */
  async configure(config: Config): Promise<void> {
    this.#config = config;
    const candidates = this.#candidates();
    const gone = this.#control.percents.filter((one) => !candidates.some((candidate) => isFor(one, candidate)));
    if (gone.length === 0) return;
    const changes = gone.map(({ route, candidate, percent }) => ({
      what: `${route} → ${candidate}`,
      before: `${percent} %`,
      after: "gone",
      by: BY_CONFIGURATION,
    }));
    const percents = this.#control.percents.filter((one) => !gone.includes(one));
    await this.#set({ ...this.#control, percents }, changes);
  }

  #candidates(): CandidateControl[] {
    const { paused, percents } = this.#control;
    return this.#config.routes.flatMap(({ name, action }) =>
      (action.type === "forward" ? action.candidates : []).map(({ subset, percent: configured, breaker: policy }) => {
        const place = { route: name, candidate: subset.name };
        const override = percents.find((one) => isFor(one, place))?.percent ?? null;
        const breaker = policy === undefined ? null : this.#options.breaker(name, subset.name);
        return { ...place, configured, override, effective: paused ? 0 : (override ?? configured), breaker };
      }),
    );
  }

  async #set(control: ControlState, changes: readonly Omit<ControlChange, "at">[]): Promise<void> {
    const at = this.#options.now();
    this.#control = control;
    this.#changes = [...changes.map((change) => ({ at, ...change })), ...this.#changes].slice(0, KEPT_CHANGES);
    for (const change of changes) this.#options.changed({ at, ...change });
    await this.#options.apply(control);
  }
}

function isFor(override: PercentOverride, place: { readonly route: string; readonly candidate: string }): boolean {
  return override.route === place.route && override.candidate === place.candidate;
}

function stateText(paused: boolean): string {
  return paused ? "paused" : "on";
}

function shareText(override: number | null, configured: number): string {
  return override === null ? `${configured} % (configured)` : `${override} %`;
}
