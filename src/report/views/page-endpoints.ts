import { memoizePerObject } from "../../lib/memoize.ts";
import type { CauseReport, EndpointReport, Report } from "../../model/report.ts";
import type {
  EndpointPage,
  EndpointQuery,
  EndpointSortKey,
  EndpointSummary,
  EndpointView,
} from "../../model/views/endpoint-page.ts";
import type { TimesOfCause } from "./cause-times.ts";

/** The endpoints of a report that match a filter, sorted, from `offset` on. */
export function pageEndpoints(report: Report, query: EndpointQuery): EndpointPage {
  const named = matchText(summaries(report), query.q);
  const matching = query.verdict === undefined ? named : named.filter(({ verdict }) => verdict === query.verdict);
  const count = (verdict: EndpointReport["verdict"]): number => named.filter((each) => each.verdict === verdict).length;
  return {
    offset: query.offset,
    counts: { total: named.length, pass: count("pass"), fail: count("fail"), inconclusive: count("inconclusive") },
    matching: matching.length,
    hasRoutes: report.endpoints.some(({ route }) => route !== report.endpoints[0]?.route),
    endpoints: sorted(matching, query).slice(query.offset, query.offset + query.limit),
  };
}

/** The endpoint with this name, on this route or on the first one that has it. */
export function findEndpoint(
  { endpoints }: Pick<Report, "endpoints">,
  name: string,
  route: string | undefined,
): EndpointReport | undefined {
  return endpoints.find((each) => each.endpoint === name && (route === undefined || each.route === route));
}

/** Causes of an endpoint whose times are part of its view. */
const MAX_TIMES = 100;

/** An endpoint with the times of its causes. */
export function viewEndpoint(endpoint: EndpointReport, timesOf: TimesOfCause): EndpointView {
  const times = endpoint.causes.slice(0, MAX_TIMES).flatMap(({ signature, fields }) => {
    const own = timesOf(fields, [endpoint]);
    return own === undefined ? [] : [[signature, own] as const];
  });
  return { ...endpoint, times: Object.fromEntries(times) };
}

const summaries = memoizePerObject(({ endpoints }: Report) => endpoints.map(summaryOf));

const summaryOf = memoizePerObject((report: EndpointReport): EndpointSummary => {
  const { endpoint, route, compared, differed, noiseCompared, share, parity, verdict, latency, statusFlips } = report;
  return {
    endpoint,
    route,
    compared,
    differed,
    noiseCompared,
    ...(share !== undefined && { share }),
    parity,
    verdict,
    noise: report.differences.reduce((largest, field) => Math.max(largest, field.noise), 0),
    latency: { primary: latency.primary, candidate: latency.candidate, ratio: latency.ratio },
    statusChange: statusFlips[0] ?? null,
    statusChanges: statusFlips.reduce((sum, { count }) => sum + count, 0),
    causes: reviewCounts(report.causes.filter(({ rule, verdict: of }) => rule === null && of !== "noise")),
  };
});

function reviewCounts(causes: readonly CauseReport[]): EndpointSummary["causes"] {
  const of = (decision: CauseReport["state"]): number => causes.filter(({ state }) => state === decision).length;
  const denied = of("denied");
  const accepted = of("accepted");
  return { unreviewed: causes.length - denied - accepted, denied, accepted };
}

function matchText(endpoints: readonly EndpointSummary[], q = ""): readonly EndpointSummary[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return endpoints;
  return endpoints.filter(({ endpoint, route }) => {
    const text = `${endpoint} ${route}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What an endpoint is sorted by; null if it was not measured. */
const SORT_VALUES: Readonly<
  Record<Exclude<EndpointSortKey, "verdict">, (endpoint: EndpointSummary) => number | string | null>
> = {
  endpoint: ({ endpoint }) => endpoint,
  compared: ({ compared }) => compared,
  mismatch: ({ compared, parity }) => (compared === 0 ? null : 1 - parity.rate),
  noise: ({ noise, noiseCompared }) => (noiseCompared === 0 ? null : noise / noiseCompared),
  status: ({ statusChanges }) => statusChanges,
  p50: ({ latency }) => increase(latency, "p50"),
  p99: ({ latency }) => increase(latency, "p99"),
  ratio: ({ latency }) => latency.ratio?.estimate ?? null,
  unreviewed: ({ causes }) => causes.unreviewed,
};

/** Milliseconds by which the candidate is slower. */
function increase({ primary, candidate }: EndpointSummary["latency"], quantile: "p50" | "p99"): number | null {
  const before = primary[quantile];
  const after = candidate[quantile];
  return before === null || after === null ? null : after - before;
}

/** The order of the report, which is the order by verdict, breaks ties. Endpoints that were not measured come last. */
function sorted(
  endpoints: readonly EndpointSummary[],
  { sort, dir }: Pick<EndpointQuery, "sort" | "dir">,
): readonly EndpointSummary[] {
  if (sort === "verdict") return dir === "desc" ? endpoints : endpoints.toReversed();
  const value = SORT_VALUES[sort];
  const sign = dir === "asc" ? 1 : -1;
  return endpoints
    .map((endpoint) => ({ endpoint, value: value(endpoint) }))
    .sort((one, other) => {
      if (one.value === null || other.value === null) return Number(one.value === null) - Number(other.value === null);
      return sign * (one.value < other.value ? -1 : one.value > other.value ? 1 : 0);
    })
    .map(({ endpoint }) => endpoint);
}
