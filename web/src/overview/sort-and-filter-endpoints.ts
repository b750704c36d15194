import type { EndpointReport } from "../../../src/model/report.ts";
import type { OverviewSearch, SortKey } from "../search-params.ts";

/** Exchanges in which the noisiest field of the endpoint differs between primary and secondary. */
export function noiseCount({ differences }: EndpointReport): number {
  return differences.reduce((largest, field) => Math.max(largest, field.noise), 0);
}

const SORT_VALUES: Record<Exclude<SortKey, "verdict">, (endpoint: EndpointReport) => number | string> = {
  endpoint: ({ endpoint }) => endpoint,
  compared: ({ compared }) => compared,
  differed: ({ differed }) => differed,
  parity: ({ parity }) => parity.rate,
  noise: noiseCount,
  primary: ({ latency }) => latency.primary.p95 ?? -1,
  candidate: ({ latency }) => latency.candidate.p95 ?? -1,
  ratio: ({ latency }) => latency.ratio?.estimate ?? -1,
};

function compare(left: number | string, right: number | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** @param endpoints in the order of the report, most urgent first, which is the order by verdict and breaks ties */
function sortEndpoints(
  endpoints: readonly EndpointReport[],
  { sort = "verdict", dir = "desc" }: OverviewSearch,
): readonly EndpointReport[] {
  if (sort === "verdict") return dir === "desc" ? endpoints : endpoints.toReversed();
  const value = SORT_VALUES[sort];
  const sign = dir === "asc" ? 1 : -1;
  return endpoints.toSorted((left, right) => sign * compare(value(left), value(right)));
}

/** The endpoints that match the filter of the URL, in its order. A query matches if each of its words does. */
export function filterEndpoints(
  endpoints: readonly EndpointReport[],
  search: OverviewSearch,
): readonly EndpointReport[] {
  const { q = "", verdict } = search;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = endpoints.filter((endpoint) => {
    const text = `${endpoint.endpoint} ${endpoint.route}`.toLowerCase();
    return (verdict === undefined || endpoint.verdict === verdict) && words.every((word) => text.includes(word));
  });
  return sortEndpoints(matching, search);
}
