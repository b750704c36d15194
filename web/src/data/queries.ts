import { QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ControlView } from "../../../src/model/control.ts";
import type { LatencyView } from "../../../src/model/latency.ts";
import type { Report, RunComparison } from "../../../src/model/report.ts";
import type { AuditEntry, Review } from "../../../src/model/review.ts";
import type { Run } from "../../../src/model/run.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import type { Status } from "../../../src/model/status.ts";
import { ApiError, getJson, type Params } from "./api-client.ts";
import type { SampleSummary } from "./sample-head.ts";

/** Which report is looked at. */
export interface Subject {
  readonly run: string;
  readonly candidate: string;
}

export interface Runs {
  /** The run of the process that answers; known even while the store is not. */
  readonly current: string;
  /** Newest first. */
  readonly runs: readonly Run[];
}

interface ComparisonQuery {
  readonly before: string;
  readonly after: string;
  readonly candidate: string;
}

export interface SampleQuery extends Subject {
  readonly endpoint?: string | undefined;
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  readonly limit: number;
}

/** How soon a failed query is tried again, in milliseconds. */
const RETRY_MS = 2_000;
/** Status is pushed too; the poll only keeps uptime and loss counts honest. */
const STATUS_POLL_MS = 5_000;
/** As many as the API gives at once. */
const AUDIT_LINES = 1_000;

/** Failures are shown at once and tried again on a timer, not hidden behind silent retries. */
export function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always", staleTime: 500 } } });
}

function mayHeal(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}

/** One GET of the admin API, refreshed when the live connection says that something was committed. */
function useApi<T>(path: string, params: Params, pollMs: number | false = false): UseQueryResult<T> {
  return useQuery({
    queryKey: [path, params],
    queryFn: ({ signal }) => getJson<T>(path, params, signal),
    refetchInterval: ({ state }) => {
      if (state.error === null) return pollMs;
      return mayHeal(state.error) ? RETRY_MS : false;
    },
  });
}

export function useStatus(): UseQueryResult<Status> {
  return useApi("status", {}, STATUS_POLL_MS);
}

export function useControl(): UseQueryResult<ControlView> {
  return useApi("control", {}, STATUS_POLL_MS);
}

export function useRuns(): UseQueryResult<Runs> {
  return useApi("runs", {});
}

/** What became of the causes of one run in another. */
export function useComparison(query: ComparisonQuery): UseQueryResult<RunComparison> {
  return useApi("runs/compare", { ...query });
}

/** The decisions in force. */
export function useReviews(): UseQueryResult<{ readonly reviews: readonly Review[] }> {
  return useApi("reviews", {});
}

/** Who entered, removed and decided what, newest first. */
export function useAudit(): UseQueryResult<{ readonly lines: readonly AuditEntry[] }> {
  return useApi("audit", { limit: AUDIT_LINES });
}

export function useReport({ run, candidate }: Subject): UseQueryResult<Report> {
  return useApi("report", { run, candidate });
}

/** @param endpoint undefined for all endpoints together */
export function useLatency({ run, candidate }: Subject, endpoint: string | undefined): UseQueryResult<LatencyView> {
  return useApi("latency", { run, candidate, endpoint });
}

export function useSamples(query: SampleQuery): UseQueryResult<{ readonly samples: readonly SampleSummary[] }> {
  return useApi("samples", { ...query });
}

export function useSample({ run, candidate }: Subject, id: string): UseQueryResult<SampleDetail> {
  return useApi(`samples/${encodeURIComponent(id)}`, { run, candidate });
}
