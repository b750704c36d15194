import type { Registry } from "prom-client";
import type { DropReason } from "../model/accounting.ts";
import type { RawHeaders, Role, TransportFailure } from "../model/capture.ts";
import { COMPARISONS } from "./compare-metrics.ts";
import { createFastCounter } from "./fast-counter.ts";
import { createFastHistogram } from "./fast-histogram.ts";

/**
 * Upper bounds in seconds, with steps of about 2.5 up to 100 ms and about 3 above. They give useful quantiles for services from
 * 0.5 ms to 10 s. With +Inf these are 12 buckets, which keeps the scrape small even with many routes and status codes.
 */
export const DURATION_BUCKETS: readonly number[] = [0.0005, 0.001, 0.0025, 0.006, 0.015, 0.04, 0.1, 0.3, 1, 3, 10];

/** Upper bounds in seconds: from one write after another to a connection that has to be opened, or the delay of a self-check. */
const LAG_BUCKETS: readonly number[] = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.001, 0.005, 0.025, 0.1];

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
]);
const DROP_REASONS: readonly DropReason[] = ["inflight", "bytes", "breaker", "queue", "descriptors"];
const MIN_CODE = 100;
const MAX_CODE = 599;

export interface EndedLeg {
  readonly route: string;
  readonly role: Role;
  readonly subset: string;
  /** Status code; 0 if it failed before a response head arrived. */
  readonly code: number;
  /** Since its dispatch. */
  readonly seconds: number;
  /** Header fields of the request. */
  readonly sent: RawHeaders;
  /** Why there is no complete response; null if there is one, or if the client has gone. */
  readonly failure: TransportFailure | null;
  /** Length of the response body. */
  readonly responseBytes: number;
}

export interface ProxyMetrics {
  /** Counts a completed client request. `code` is 0 if the client received no response head. */
  request(route: string, method: string, code: number): void;
  /** Records a leg that has ended. */
  leg(ended: EndedLeg): void;
  /** Records how long after the request to the primary its copy was sent, in seconds; negative if it was sent before. */
  dispatchLag(role: Role, subset: string, seconds: number): void;
  dropped(candidate: string, reason: DropReason): void;
  /** Counts an exchange that cannot be judged, and is not compared. */
  skipped(route: string, candidate: string): void;
  /** Creates the drop counters of these candidates with the value 0. */
  initialize(candidates: readonly string[]): void;
  /** Counts a client request that no upstream received. `reason` is one of a few fixed words, never text from the request. */
  refused(code: number, reason: string): void;
}

/**
 * Metrics of a proxy thread, at about 0.1 µs per call. Label values are bounded: unknown methods and status codes share one
 * series each.
 * @param candidates subsets whose drop counters are created with the value 0
 */
export function createProxyMetrics(registry: Registry, candidates: readonly string[] = []): ProxyMetrics {
  const requests = createFastCounter(registry, {
    name: "shadowdiff_requests_total",
    help: "Client requests by status code. code 0: the client received no response.",
    labelNames: ["route", "method", "code"],
  });
  const durations = createFastHistogram(registry, {
    name: "shadowdiff_upstream_request_duration_seconds",
    help: "Duration of upstream requests from dispatch to the end of the response. code 0: failed before a response head.",
    labelNames: ["route", "role", "subset", "code"],
    buckets: DURATION_BUCKETS,
  });
  const lags = createFastHistogram(registry, {
    name: "shadowdiff_mirror_dispatch_lag_seconds",
    help: "Time between the request to the primary and its copy. first: which of both was sent first.",
    labelNames: ["role", "subset", "first"],
    buckets: LAG_BUCKETS,
  });
  const drops = createFastCounter(registry, {
    name: "shadowdiff_mirror_dropped_total",
    help: "Mirrored requests that were dropped to protect the primary, by limit.",
    labelNames: ["candidate", "reason"],
  });
  const comparisons = createFastCounter(registry, COMPARISONS);
  const initialize = (names: readonly string[]): void => {
    for (const candidate of names) for (const reason of DROP_REASONS) drops.initialize(candidate, reason);
  };
  initialize(candidates);
  const refusals = createFastCounter(registry, {
    name: "shadowdiff_refused_total",
    help: "Client requests that were rejected without an upstream request.",
    labelNames: ["code", "reason"],
  });
  return {
    request: (route, method, code) => requests.inc(route, METHODS.has(method) ? method : "OTHER", boundedCode(code)),
    leg: ({ route, role, subset, code, seconds, sent }) =>
      durations.observeRequest(seconds, sent, route, role, subset, boundedCode(code)),
    dispatchLag: (role, subset, seconds) =>
      lags.observe(Math.abs(seconds), role, subset, seconds < 0 ? "copy" : "primary"),
    dropped: (candidate, reason) => drops.inc(candidate, reason),
    skipped: (route, candidate) => comparisons.inc(route, candidate, "skip"),
    initialize,
    refused: (code, reason) => refusals.inc(boundedCode(code), reason),
  };
}

/** A status code as the value of a label: codes that HTTP does not define share one. 0 is no response. */
export function boundedCode(code: number): number | "other" {
  return code === 0 || (code >= MIN_CODE && code <= MAX_CODE) ? code : "other";
}
