import type { EndpointNeed, SamplingView } from "../../model/control.ts";
import type { SampledPolicy, SamplingState } from "./share-planner.ts";

/** Endpoints that a view lists. */
const MAX_LISTED = 20;
const NEEDS: readonly EndpointNeed[] = ["suspect", "undecided", "settled"];

/** What the sampling of a candidate on a route does at the moment, with the endpoints that have the largest shares. */
export function viewSampling({ sampling, percent }: SampledPolicy, state: SamplingState): SamplingView {
  const { used, expected, endpoints } = state;
  const countOf = (need: EndpointNeed): number => endpoints.filter((each) => each.need === need).length;
  const listed = endpoints.toSorted(
    (one, other) =>
      NEEDS.indexOf(one.need) - NEEDS.indexOf(other.need) || one.level - other.level || other.perSecond - one.perSecond,
  );
  return {
    ...sampling,
    used,
    expected,
    needs: { suspect: countOf("suspect"), undecided: countOf("undecided"), settled: countOf("settled") },
    endpoints: listed
      .slice(0, MAX_LISTED)
      .map(({ endpoint, need, perSecond, level }) => ({ endpoint, need, perSecond, percent: percent / 2 ** level })),
  };
}
