import type { EndpointReport, Verdict } from "../../../src/model/report.ts";
import type { OverviewSearch, SortKey } from "../search-params.ts";

const SEVERITY: Record<Verdict, number> = { fail: 2, inconclusive: 1, pass: 0 };

/** Exchanges in which the noisiest field of the endpoint differed between the two copies of the primary. */
export function noiseCount({ differences }: EndpointReport): number {
  return differences.reduce((largest, field) => Math.max(largest, field.noise), 0);
}

const VALUES: Record<SortKey, (endpoint: EndpointReport) => number | string> = {
  endpoint: ({ endpoint }) => endpoint,
  verdict: ({ verdict }) => SEVERITY[verdict],
  compared: ({ compared }) => compared,
  differed: ({ differed }) => differed,
  parity: ({ parity }) => parity.rate,
  noise: noiseCount,
  primary: ({ latency }) => latency.primary.p95 ?? -1,
  candidate: ({ latency }) => latency.candidate.p95 ?? -1,
  ratio: ({ latency }) => latency.ratio?.estimate ?? -1,
};

function ascending(one: number | string, two: number | string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}

/** What the filters of the URL let through, in its order; the worst first when it names none. */
export function endpointOrder(endpoints: readonly EndpointReport[], search: OverviewSearch): readonly EndpointReport[] {
  const { q = "", verdict, sort = "verdict", dir = "desc" } = search;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const value = VALUES[sort];
  const sign = dir === "asc" ? 1 : -1;
  return endpoints
    .filter((endpoint) => verdict === undefined || endpoint.verdict === verdict)
    .filter(({ endpoint, route }) => {
      const text = `${endpoint} ${route}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort(
      (one, two) =>
        sign * ascending(value(one), value(two)) ||
        two.differed - one.differed ||
        ascending(one.endpoint, two.endpoint),
    );
}
