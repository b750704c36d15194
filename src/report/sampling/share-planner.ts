import { largestLevel } from "../../lib/sampling-level.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { BriefReport } from "../../model/views/brief-report.ts";
import type { EndpointArrivals, EndpointShares, SampledCandidate, VerdictSampling } from "../../model/control.ts";
import { thresholdsOf } from "../judge/gate-thresholds.ts";
import { endpointNeed, type EndpointMemory } from "./endpoint-needs.ts";
import { planShares, type SampledEndpoint } from "./plan-shares.ts";

/** Time in which the weight of what was seen halves, in milliseconds. */
const HALF_LIFE_MS = 30_000;
/** Endpoints with fewer requests per second are forgotten: about one in a day. */
const FORGOTTEN_PER_SECOND = 1e-5;
/** Each proxy thread has at least this part of an equal share of the budget; the rest follows its traffic. */
const EQUAL_PART = 0.2;

/** A candidate of a route whose shares follow its verdicts. */
export interface SampledPolicy extends SampledCandidate {
  readonly sampling: VerdictSampling;
  /** The percentage in force, 0–100. */
  readonly percent: number;
}

/** What the sampling of a candidate on a route does at the moment. */
export interface SamplingState {
  /** Mirrored requests per second: seen lately, and expected with the current shares. */
  readonly used: number;
  readonly expected: number;
  readonly endpoints: readonly (SampledEndpoint & { readonly level: number })[];
}

/** Requests per second, as seen lately. */
class Rates {
  readonly #perSecond = new Map<string, number>();

  /** @param seconds that passed since the last call */
  add(counts: ReadonlyMap<string, number>, seconds: number): void {
    const kept = 0.5 ** ((seconds * 1_000) / HALF_LIFE_MS);
    for (const name of new Set([...this.#perSecond.keys(), ...counts.keys()])) {
      const now = (counts.get(name) ?? 0) / seconds;
      const before = this.#perSecond.get(name) ?? now;
      const next = before * kept + now * (1 - kept);
      if (next < FORGOTTEN_PER_SECOND) this.#perSecond.delete(name);
      else this.#perSecond.set(name, next);
    }
  }

  get(name: string): number {
    return this.#perSecond.get(name) ?? 0;
  }

  entries(): Iterable<[string, number]> {
    return this.#perSecond;
  }
}

/**
 * Plans the shares of one candidate on one route, again and again, from the reports so far and the requests that arrive. Nothing
 * here knows the future, so the evidence of each endpoint stays valid; see docs/statistics.md.
 */
export class SharePlanner {
  readonly #candidate: SampledCandidate;
  readonly #arrivals = new Rates();
  readonly #mirrored = new Rates();
  /** By index of the proxy thread. */
  readonly #threads: number[];
  readonly #memory = new Map<string, EndpointMemory>();
  #newArrivals = new Map<string, number>();
  #newMirrored = 0;
  #state: SamplingState = { used: 0, expected: 0, endpoints: [] };

  constructor(candidate: SampledCandidate, threads: number) {
    this.#candidate = candidate;
    this.#threads = Array.from({ length: threads }, () => 0);
  }

  get state(): SamplingState {
    return this.#state;
  }

  /** @param thread index of the proxy thread that has counted them */
  arrived(thread: number, { endpoint, requests, mirrored }: EndpointArrivals): void {
    this.#newArrivals.set(endpoint, (this.#newArrivals.get(endpoint) ?? 0) + requests);
    this.#newMirrored += mirrored;
    this.#threads[thread] = (this.#threads[thread] ?? 0) + requests;
  }

  /**
   * @param report the latest; null while there is none
   * @param seconds since the last plan
   * @param now Unix milliseconds
   */
  plan(
    { sampling, percent }: Pick<SampledPolicy, "sampling" | "percent">,
    report: Pick<BriefReport, "gate" | "endpoints"> | null,
    { seconds, now }: { readonly seconds: number; readonly now: number },
  ): EndpointShares {
    this.#arrivals.add(this.#newArrivals, seconds);
    this.#mirrored.add(new Map([["", this.#newMirrored]]), seconds);
    this.#newArrivals = new Map();
    this.#newMirrored = 0;
    const endpoints = this.#endpoints(report, now);
    const limits = {
      budget: sampling.budget,
      largestLevel: largestLevel(percent, sampling.floor),
      share: percent / 100,
    };
    const { levels, otherwise, expected } = planShares(endpoints, limits);
    this.#state = {
      used: this.#mirrored.get(""),
      expected,
      endpoints: endpoints.map((each) => ({ ...each, level: levels.get(each.endpoint) ?? otherwise })),
    };
    return { ...this.#candidate, levels, otherwise, perSecond: this.#budgets(sampling.budget) };
  }

  #endpoints(report: Pick<BriefReport, "gate" | "endpoints"> | null, now: number): readonly SampledEndpoint[] {
    const reported = report === null ? [] : this.#reported(report);
    const known = new Set(reported.map(({ each }) => each.endpoint));
    const beyondMaximum = known.has(OVERFLOW_ENDPOINT);
    const unknown = [...this.#arrivals.entries()].filter(([name]) => !known.has(name));
    const beyond = beyondMaximum ? unknown.reduce((sum, [, perSecond]) => sum + perSecond, 0) : 0;
    const needs = reported.map(({ each, allowed }): SampledEndpoint => {
      const { need, memory } = endpointNeed(each, this.#memory.get(each.endpoint), allowed, now);
      this.#memory.set(each.endpoint, memory);
      const perSecond = this.#arrivals.get(each.endpoint) + (each.endpoint === OVERFLOW_ENDPOINT ? beyond : 0);
      return { endpoint: each.endpoint, perSecond, need, compared: each.compared };
    });
    for (const name of this.#memory.keys()) if (!known.has(name)) this.#memory.delete(name);
    if (beyondMaximum) return needs;
    const fresh = unknown.map(([endpoint, perSecond]): SampledEndpoint => ({
      endpoint,
      perSecond,
      need: "undecided",
      compared: 0,
    }));
    return [...needs, ...fresh];
  }

  #reported({ gate, endpoints }: Pick<BriefReport, "gate" | "endpoints">) {
    return endpoints
      .filter(({ route }) => route === this.#candidate.route)
      .map((each) => ({ each, allowed: 1 - thresholdsOf(gate, each.endpoint).parity }));
  }

  #budgets(budget: number): readonly number[] {
    const total = this.#threads.reduce((sum, requests) => sum + requests, 0);
    const equal = 1 / this.#threads.length;
    const budgets = this.#threads.map(
      (requests) => budget * (total === 0 ? equal : EQUAL_PART * equal + ((1 - EQUAL_PART) * requests) / total),
    );
    for (const thread of this.#threads.keys()) this.#threads[thread] = 0;
    return budgets;
  }
}
