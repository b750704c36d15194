import type { TailDelivery } from "../compare/tail/tail-publisher.ts";
import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import type { Config } from "../model/config.ts";
import type { FoundRequest } from "../model/isolate/armed-cause.ts";
import type { ReplayCounts } from "../model/replay/replay-counts.ts";
import type { Run } from "../model/run.ts";
import type { EndpointArrivals } from "../model/control.ts";
import type { ReplicaIdentity, SharedState } from "../model/shared/replica.ts";
import type { SpanBatch } from "../model/tracing/trace.ts";
import type { FileLoss } from "../store/committer-options.ts";
import type { EndpointComparisons } from "../telemetry/endpoints/endpoint-tally.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { HealthReport } from "../upstream/upstream-health.ts";
import type { DrainLimits, MetricsSnapshot, ReplaySettings, UpstreamAddress } from "./thread-messages.ts";

/** How long the proxy waits for a slow database before it opens its port. */
export const STORE_OPEN_TIMEOUT_MS = 5_000;
/** When a run ends: time for the mirrored requests in flight, and then for their captures to be committed. */
export const FLUSH_LIMITS: DrainLimits = { graceMs: 10_000, commitMs: 20_000 };

export interface SupervisorEvents {
  committed(): void;
  /** What the replicas of the store share was read. */
  shared(state: SharedState): void;
  /** The store has another current run than the one that this process would begin. */
  runJoined(run: Run): void;
  /** The stored rules or the denied fields have changed. */
  rulesChanged(): void;
  /** The reason why the database cannot be used, or null when it works (again). */
  storeStateChanged(error: string | null): void;
  /** The counts of a batch do not add up for a candidate: requests were lost by a defect. */
  requestsLost(candidate: string, requests: number): void;
  /** The store file was deleted, moved or replaced. A new one was started. */
  storeFileLost(loss: FileLoss): void;
  threadRestarted(thread: string, error: Error | undefined): void;
  metrics(thread: string, snapshot: MetricsSnapshot): void;
  /** Spans of a proxy thread. @param templates what was learned about path segments, by which endpoints are named */
  spans(batch: SpanBatch, templates: readonly LearnedTemplate[]): void;
  /** Exchanges for the open tails. */
  tail(deliveries: readonly TailDelivery[]): void;
  /** Comparisons by endpoint, for metrics. */
  endpointsCompared(comparisons: readonly EndpointComparisons[]): void;
  /** A proxy thread has noticed that requests to an address fail, or succeed again. */
  upstreamReported(report: HealthReport): void;
  /** Requests by endpoint, for candidates whose shares follow verdicts. @param thread index of the proxy thread */
  arrived(thread: number, arrivals: readonly EndpointArrivals[]): void;
  /** The counts of a replay have changed. */
  replayed(counts: ReplayCounts): void;
  /** A live request shows an armed cause. */
  found(found: FoundRequest): void;
  /** The addresses that are down, which a proxy thread that starts must watch. */
  downUpstreams(): readonly UpstreamAddress[];
}

export interface SupervisorOptions {
  readonly config: Config;
  readonly run: Run;
  readonly replica: ReplicaIdentity;
  /** For a process that replays a recording and has no listener. */
  readonly replay?: ReplaySettings | undefined;
  readonly log: Logger;
  readonly events: SupervisorEvents;
}
