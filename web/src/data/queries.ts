import { QueryClient, queryOptions, replaceEqualDeep, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Role } from "../../../src/model/capture.ts";
import type { ConfigurationView } from "../../../src/model/views/configuration.ts";
import type { ControlView } from "../../../src/model/control.ts";
import type { LatencyView, TimedExchange } from "../../../src/model/latency.ts";
import type { EndpointReport } from "../../../src/model/report.ts";
import type { RunComparison } from "../../../src/model/views/run-comparison.ts";
import type { CauseEndpoint } from "../../../src/model/views/cause-endpoint.ts";
import type { EndpointPage, EndpointQuery } from "../../../src/model/views/endpoint-page.ts";
import type { Templates } from "../../../src/model/views/templates.ts";
import type { Replicas } from "../../../src/model/views/replicas.ts";
import type { Overview } from "../../../src/model/views/overview.ts";
import type { Timeline } from "../../../src/model/views/timeline.ts";
import type { AuditEntry, Review } from "../../../src/model/review.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { Run } from "../../../src/model/run.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import type { RunSummary } from "../../../src/model/views/run-summary.ts";
import type { Status } from "../../../src/model/status.ts";
import type { QueryFilter } from "../search-params.ts";
import { ApiError, copyEntityTag, getJson, type Params } from "./api-client.ts";

/** The run and candidate that a report covers. */
export interface ReportScope {
  readonly run: string;
  readonly candidate: string;
}

export interface Runs {
  /** Id of the process's current run; known even while the store is unavailable. */
  readonly current: string;
  /** Newest first. */
  readonly runs: readonly Run[];
}

interface ComparisonQuery {
  readonly before: string;
  readonly after: string;
  readonly candidate: string;
}

/** A stored exchange as `/api/v1/samples` lists it: without headers and bodies. */
export interface SampleSummary extends Pick<
  SampleDetail,
  "id" | "at" | "route" | "endpoint" | "candidate" | "method" | "target" | "fields"
> {
  readonly primaryStatus: number;
  readonly candidateStatus: number;
}

/** Defaults: all endpoints, most urgent first, the first hundred. */
type EndpointsQuery = { readonly [Name in keyof EndpointQuery]?: EndpointQuery[Name] | undefined };

/** Milliseconds; times of arrival are Unix milliseconds. */
interface TimedExchangesQuery {
  readonly endpoint: string | undefined;
  readonly role: Role;
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
}

interface SampleQuery extends ReportScope {
  readonly endpoint?: string | undefined;
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly withoutQuery?: string | undefined;
  /** A path at which fields differ, or below which they do. */
  readonly under?: string | undefined;
  /** Signature of a cause. */
  readonly cause?: string | undefined;
  /** Conditions that all must hold; see `conditionTexts`. */
  readonly condition?: readonly string[] | undefined;
  readonly limit: number;
}

/** Delay before a failed query is retried, in milliseconds. */
const RETRY_MS = 2_000;
/** Events announce status changes too; the poll keeps uptime and loss counts up to date. */
const STATUS_POLL_MS = 5_000;
/** The API's maximum per request. */
const AUDIT_LINES = 1_000;

/** Errors are shown immediately and retried on a timer, not hidden behind silent retries. */
export function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always", staleTime: 500 } } });
}

function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}

interface Freshness {
  /** Whether commits change it; edits and new runs refresh everything. Default: true. */
  readonly live?: boolean;
  /** Milliseconds after which it is read again in any case. */
  readonly pollMs?: number;
}

/** One GET request of the admin API; live updates refresh it. */
function apiQuery<T extends object>(path: string, params: Params, { live = true, pollMs }: Freshness = {}) {
  return queryOptions<T>({
    queryKey: [path, params],
    queryFn: ({ client, queryKey, signal }) => getJson<T>(path, params, signal, client.getQueryData<T>(queryKey)),
    // Parts that did not change stay the same objects, so that only what changed is rendered again.
    structuralSharing(known, data) {
      const shared: unknown = replaceEqualDeep(known, data);
      copyEntityTag(data, shared);
      return shared;
    },
    refetchInterval: ({ state }) => {
      if (state.error === null) return pollMs ?? false;
      return isRetryable(state.error) ? RETRY_MS : false;
    },
    meta: { live },
  });
}

/** Reads a path of the admin API for a screen. */
export function useApi<T extends object>(path: string, params: Params, freshness?: Freshness): UseQueryResult<T> {
  return useQuery(apiQuery<T>(path, params, freshness));
}

export function useStatus(): UseQueryResult<Status> {
  return useApi("status", {}, { live: false, pollMs: STATUS_POLL_MS });
}

/** The configuration of the process, with the source of every option. */
export function useConfiguration(): UseQueryResult<ConfigurationView> {
  return useApi("configuration", {});
}

export function useControl(): UseQueryResult<ControlView> {
  return useApi("control", {}, { live: false, pollMs: STATUS_POLL_MS });
}

/** The replicas of the store. */
export function useReplicas(): UseQueryResult<Replicas> {
  return useApi("replicas", {}, { live: false, pollMs: STATUS_POLL_MS });
}

export function useRuns(): UseQueryResult<Runs> {
  return useApi("runs", {});
}

/** The verdict of a run on one candidate. Of a run that has ended, only an edit changes it. */
export function useRunSummary(run: Run, candidate: string): UseQueryResult<RunSummary> {
  return useApi("runs/summary", { run: run.id, candidate }, { live: run.endedAt === null });
}

/** Which causes are new, still present and fixed from one run to another. */
export function useComparison(query: ComparisonQuery): UseQueryResult<RunComparison> {
  return useApi("runs/compare", { ...query });
}

/** The reviews in force. */
export function useReviews(): UseQueryResult<{ readonly reviews: readonly Review[] }> {
  return useApi("reviews", {}, { live: false });
}

/** Path segments that are counted as one endpoint or kept apart, and those that look alike. */
export function useTemplates({ run, candidate }: ReportScope): UseQueryResult<Templates> {
  return useApi("templates", { run, candidate });
}

/** Changes of rules and reviews, newest first. */
export function useAudit(): UseQueryResult<{ readonly lines: readonly AuditEntry[] }> {
  return useApi("audit", { limit: AUDIT_LINES }, { live: false });
}

/** The verdict with its reasons and most important findings; `limits` says how many causes and changes of status. */
export function useOverview(
  { run, candidate }: ReportScope,
  limits: { readonly causes?: number; readonly statuses?: number } = {},
): UseQueryResult<Overview> {
  return useApi("overview", { run, candidate, ...limits });
}

/** A part of the endpoints, filtered and sorted by the server. */
export function endpointsQuery({ run, candidate }: ReportScope, query: EndpointsQuery) {
  return apiQuery<EndpointPage>("endpoints", { run, candidate, ...query });
}

export function useEndpoints(scope: ReportScope, query: EndpointsQuery): UseQueryResult<EndpointPage> {
  return useQuery(endpointsQuery(scope, query));
}

/** @param route default: the first route that has the endpoint */
export function useEndpoint(
  { run, candidate }: ReportScope,
  name: string,
  route?: string,
): UseQueryResult<EndpointReport> {
  return useApi("endpoint", { run, candidate, name, route });
}

/** Compared and differing exchanges over the time of the run; of one endpoint, and with a cause, if they are named. */
export function useTimeline(
  { run, candidate }: ReportScope,
  query: { readonly endpoint?: string; readonly route?: string; readonly cause?: string } = {},
): UseQueryResult<Timeline> {
  return useApi("timeline", { run, candidate, ...query });
}

/** @param endpoint undefined: all endpoints combined */
export function useLatency({ run, candidate }: ReportScope, endpoint: string | undefined): UseQueryResult<LatencyView> {
  return useApi("latency", { run, candidate, endpoint });
}

/** Kept exchanges within ranges of latency and arrival, slowest first. */
export function useTimedExchanges(
  { run, candidate }: ReportScope,
  query: TimedExchangesQuery,
): UseQueryResult<{ readonly exchanges: readonly TimedExchange[] }> {
  return useApi("latency/exchanges", { run, candidate, ...query });
}

/** The part of a query that a filter by query parameters makes. */
export function byQuery({ query, without }: QueryFilter): Pick<SampleQuery, "query" | "withoutQuery"> {
  return without === undefined ? { query } : { withoutQuery: query };
}

/** Rules of the configuration, then those added at run time. */
export function useRules(): UseQueryResult<{ readonly rules: readonly Rule[] }> {
  return useApi("rules", {});
}

/** The endpoints that show a cause. */
export function useCauseEndpoints(
  { run, candidate }: ReportScope,
  signature: string,
): UseQueryResult<{ readonly endpoints: readonly CauseEndpoint[] }> {
  return useApi(`causes/${encodeURIComponent(signature)}/endpoints`, { run, candidate });
}

interface Samples {
  readonly samples: readonly SampleSummary[];
  /** With conditions: those that were left out because their attributes were not kept. */
  readonly unjudged?: number | undefined;
}

/** Stored exchanges, newest first. */
export function samplesQuery(query: SampleQuery) {
  return apiQuery<Samples>("samples", { ...query });
}

export function useSample({ run, candidate }: ReportScope, id: string): UseQueryResult<SampleDetail> {
  return useApi(`samples/${encodeURIComponent(id)}`, { run, candidate }, { live: false });
}
