import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { EndpointNeed, EndpointShares } from "../../model/control.ts";

/** An endpoint of one candidate on one route. */
export interface SampledEndpoint {
  readonly endpoint: string;
  /** Requests that could be mirrored, per second. */
  readonly perSecond: number;
  readonly need: EndpointNeed;
  readonly compared: number;
}

export interface SharePlan extends Pick<EndpointShares, "levels" | "otherwise"> {
  /** Mirrored requests per second that are expected. */
  readonly expected: number;
}

export interface PlanLimits {
  /** Mirrored requests per second. */
  readonly budget: number;
  /** The level of the smallest share. */
  readonly largestLevel: number;
  /** The share of level 0: the configured percentage, 0–1. */
  readonly share: number;
}

/** Arrivals vary from second to second; what is left also pays for endpoints that are seen for the first time. */
const PLANNED = 0.9;
/** An undecided endpoint gets about this part of what uniform sampling would give it. */
const UNIFORM_PART = 0.5;
/** Suspects get at most this part of what is left. */
const SUSPECT_PART = 0.5;
/** An endpoint that had its turn, and is still undecided, lets others go first. */
const LONG_TURN = 20_000;
/** Names in a message to the proxy threads. */
const MAX_ENDPOINTS = 2_000;

/**
 * Plans the shares of the endpoints of one candidate on one route.
 *
 * Every endpoint has the floor, and every undecided one about half of what uniform sampling would give it (a third to two thirds,
 * because shares are powers of two): it waits at most about three times as long. The rest goes to suspects first, and then to the undecided ones, the rarest first, each with as large a share as
 * the rest allows. A verdict costs the same number of exchanges whether an endpoint is rare or not, but a rare one needs a large
 * share for as long as that takes: so the rare ones come first, and are served together, as many as the budget allows.
 * @param endpoints what was seen so far; nothing else decides, so that evidence stays valid
 */
export function planShares(endpoints: readonly SampledEndpoint[], limits: PlanLimits): SharePlan {
  const { budget, largestLevel, share } = limits;
  const known = withinMaximum(endpoints);
  const total = known.reduce((sum, { perSecond }) => sum + perSecond * share, 0);
  const levels = new Map(known.map(({ endpoint }) => [endpoint, largestLevel]));
  const costOf = ({ perSecond }: SampledEndpoint, level: number): number => (perSecond * share) / 2 ** level;
  let left = PLANNED * budget - total / 2 ** largestLevel;
  /** Gives an endpoint the largest share that costs at most so much more. */
  const raise = (each: SampledEndpoint, most: number, highest = 0): number => {
    const before = levels.get(each.endpoint) ?? largestLevel;
    let level = Math.min(before, highest);
    while (level < before && costOf(each, level) - costOf(each, before) > most) level += 1;
    levels.set(each.endpoint, level);
    return costOf(each, level) - costOf(each, before);
  };
  const undecided = known.filter(({ need }) => need !== "settled");
  const uniform = Math.max(0, Math.round(Math.log2(Math.max(1, total / (PLANNED * budget * UNIFORM_PART)))));
  for (const each of byTurn(undecided)) left -= raise(each, left, uniform);
  const suspects = byTurn(undecided.filter(({ need }) => need === "suspect"));
  let forSuspects = SUSPECT_PART * left;
  for (const each of suspects) {
    const cost = raise(each, forSuspects);
    forSuspects -= cost;
    left -= cost;
  }
  for (const each of byTurn(undecided)) left -= raise(each, left);
  const expected = known.reduce((sum, each) => sum + costOf(each, levels.get(each.endpoint) ?? largestLevel), 0);
  return { levels, otherwise: levels.get(OVERFLOW_ENDPOINT) ?? 0, expected };
}

/** The order in which endpoints are served. */
function byTurn(endpoints: readonly SampledEndpoint[]): readonly SampledEndpoint[] {
  return endpoints.toSorted(
    (one, other) =>
      Number(one.compared > LONG_TURN) - Number(other.compared > LONG_TURN) || one.perSecond - other.perSecond,
  );
}

/** The rarest are left out, because the shares of endpoints without a plan are not limited. */
function withinMaximum(endpoints: readonly SampledEndpoint[]): readonly SampledEndpoint[] {
  if (endpoints.length <= MAX_ENDPOINTS) return endpoints;
  return endpoints.toSorted((one, other) => other.perSecond - one.perSecond).slice(0, MAX_ENDPOINTS);
}
