import type { Config } from "../../model/config.ts";
import type { BriefReport } from "../../model/views/brief-report.ts";
import type { EndpointArrivals, EndpointShares, SamplingView } from "../../model/control.ts";
import { viewSampling } from "../../report/sampling/sampling-view.ts";
import { SharePlanner, type SampledPolicy } from "../../report/sampling/share-planner.ts";

/** A report takes as long to be renewed; a plan in between would know nothing new about verdicts. */
const PLAN_EVERY_MS = 5_000;
const MS_PER_SECOND = 1_000;

export interface SamplingControlOptions {
  /** Number of proxy threads. */
  readonly threads: number;
  readonly config: () => Config;
  /** The percentage of a candidate in force, 0–100. */
  readonly percent: (route: string, candidate: string) => number;
  /** The latest reports of all candidates; null if there are none. */
  readonly reports: () => Promise<readonly BriefReport[] | null>;
  /** Replicas with the same candidates, this one included: each has an equal part of the budget. */
  readonly replicas: () => number;
  /** Sends shares to the proxy threads. */
  readonly apply: (shares: readonly EndpointShares[]) => void;
  readonly clock: {
    /** Unix milliseconds. */
    readonly wall: () => number;
    /** Milliseconds. */
    readonly monotonic: () => number;
  };
}

/** Renews the shares of endpoints every few seconds, for all candidates whose shares follow verdicts. */
export class SamplingControl {
  readonly #options: SamplingControlOptions;
  /** By route and candidate. */
  readonly #planners = new Map<string, SharePlanner>();
  #plannedAt: number;
  #isPlanning = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SamplingControlOptions) {
    this.#options = options;
    this.#plannedAt = options.clock.monotonic();
  }

  start(): void {
    this.#timer = setInterval(() => void this.#planOnce(), PLAN_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A proxy thread has counted requests. @param thread its index */
  arrived(thread: number, arrivals: readonly EndpointArrivals[]): void {
    for (const each of arrivals) this.#plannerOf(each.route, each.candidate).arrived(thread, each);
  }

  /** Plans all shares again, and applies them. */
  async plan(): Promise<void> {
    const { clock, reports, apply } = this.#options;
    // Reports are built while they are asked for.
    const known = this.#policies().length === 0 ? null : await reports();
    const policies = this.#policies();
    const keys = new Set(policies.map(({ route, candidate }) => keyOf(route, candidate)));
    for (const key of this.#planners.keys()) if (!keys.has(key)) this.#planners.delete(key);
    const monotonic = clock.monotonic();
    const at = { seconds: Math.max(1, monotonic - this.#plannedAt) / MS_PER_SECOND, now: clock.wall() };
    this.#plannedAt = monotonic;
    if (policies.length === 0) return;
    apply(
      policies.map((policy) => {
        const report = known?.find(({ candidate }) => candidate === policy.candidate) ?? null;
        return this.#plannerOf(policy.route, policy.candidate).plan(policy, report, at);
      }),
    );
  }

  /** All candidates whose shares follow verdicts, with what their sampling does at the moment. */
  views(): readonly (Pick<SampledPolicy, "route" | "candidate"> & { readonly view: SamplingView })[] {
    return this.#policies().map((policy) => {
      const { route, candidate } = policy;
      return { route, candidate, view: viewSampling(policy, this.#plannerOf(route, candidate).state) };
    });
  }

  /** Not while the reports of an earlier plan are being built. */
  async #planOnce(): Promise<void> {
    if (this.#isPlanning) return;
    this.#isPlanning = true;
    try {
      await this.plan();
    } finally {
      this.#isPlanning = false;
    }
  }

  #policies(): readonly SampledPolicy[] {
    const { config, percent, replicas } = this.#options;
    return config().routes.flatMap(({ name: route, action }) =>
      (action.type === "forward" ? action.candidates : []).flatMap(({ subset, sampling }): SampledPolicy[] => {
        if (sampling === undefined) return [];
        const own = { ...sampling, budget: sampling.budget / Math.max(1, replicas()) };
        return [{ route, candidate: subset.name, sampling: own, percent: percent(route, subset.name) }];
      }),
    );
  }

  #plannerOf(route: string, candidate: string): SharePlanner {
    const key = keyOf(route, candidate);
    const known = this.#planners.get(key) ?? new SharePlanner({ route, candidate }, this.#options.threads);
    this.#planners.set(key, known);
    return known;
  }
}

function keyOf(route: string, candidate: string): string {
  return `${route}\n${candidate}`;
}
