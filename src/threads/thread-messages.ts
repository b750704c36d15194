import type { MessagePort } from "node:worker_threads";
import type { TailDelivery, TailSubscription } from "../compare/tail/tail-publisher.ts";
import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import type { DescriptorCells } from "../lib/runtime/descriptors.ts";
import type { CompareThreadLoss } from "../model/accounting.ts";
import type { CaptureBatch, CountBatch, ResultBatch } from "../model/batch.ts";
import type { Config } from "../model/config.ts";
import type { ControlState, EndpointArrivals, EndpointShares } from "../model/control.ts";
import type { DeniedField } from "../model/review.ts";
import type { ArmedCause, FoundRequest, SeenExchange } from "../model/isolate/armed-cause.ts";
import type { ReplayCounts, ScheduledRequest } from "../model/replay/replay-counts.ts";
import type { ControlEdit } from "../model/shared/control-edit.ts";
import type { ReplicaIdentity, ReplicaReport, SharedState } from "../model/shared/replica.ts";
import type { Run } from "../model/run.ts";
import type { SpanBatch } from "../model/tracing/trace.ts";
import type { FileLoss, StoredRules } from "../store/committer-options.ts";
import type { StoreEdit } from "../store/store.ts";
import type { HealthReport } from "../upstream/upstream-health.ts";
import type { ThreadActivity } from "./watch/thread-activity.ts";
import type { EndpointComparisons } from "../telemetry/endpoints/endpoint-tally.ts";

/**
 * Every message between two threads, by direction. The main thread creates the ports between proxy, compare and store
 * threads. Batches do not pass through it, so a stalled main thread holds up no other. Counts do not pass through the compare
 * threads, so a slow comparison does not hold them up.
 *
 *   proxy ──CaptureBatch──► compare ──ResultBatch──► store
 *         ◄─CompareReply──          ◄─StoreReply──
 *
 *   proxy ───────────────CountBatch────────────────► store
 *         ◄──────────────StoreReply────────────────
 */

/** Worker data of a proxy thread. */
export interface ProxyData {
  readonly config: Config;
  /** Unique for each thread that was ever started, so that batch ids never repeat. */
  readonly identity: string;
  /** The port of the first proxy thread; 0 lets the system choose one. */
  readonly port: number;
  readonly redactionKey: Uint8Array;
  readonly descriptors: DescriptorCells;
  /** Its cell of `descriptors`. */
  readonly index: number;
  /** Applies from the first request on. */
  readonly control: ControlState;
  /** Learned path templates, by which requests are assigned to endpoints. */
  readonly templates: readonly LearnedTemplate[];
  /** Undefined: requests come from the listener. */
  readonly replay: ReplaySettings | undefined;
}

/** How a proxy thread sends the requests of a recording. It has no listener then. */
export interface ReplaySettings {
  /** Maximum of requests in flight. */
  readonly concurrency: number;
}

/** What comparisons depend on, and what can change at run time. */
export interface ComparisonSettings {
  /** Its rules are those of the configuration, followed by the stored ones. */
  readonly config: Config;
  /** No rule hides these. */
  readonly denied: readonly DeniedField[];
  readonly templates: readonly LearnedTemplate[];
}

/** Worker data of a compare thread. */
export interface CompareData extends ComparisonSettings {
  readonly redactionKey: Uint8Array;
  /** The thread writes it, and the watchdog reads it. */
  readonly activity: ThreadActivity;
}

/** Worker data of the store thread. */
export interface StoreData {
  readonly config: Config;
  readonly run: Run;
  readonly replica: ReplicaIdentity;
}

/** Time limits of a proxy thread that ends, in milliseconds. */
export interface DrainLimits {
  /** For requests in flight, and for mirrored requests. */
  readonly graceMs: number;
  /** For captures to be committed; part of `graceMs`. */
  readonly commitMs: number;
}

/** The URL of a subset. */
export type UpstreamAddress = Pick<HealthReport, "subset" | "address">;

export type MainToProxy =
  /** Opens the port; 0 lets the system choose one. */
  | { readonly type: "listen"; readonly port: number }
  | { readonly type: "compare-started"; readonly index: number; readonly port: MessagePort }
  | { readonly type: "compare-died"; readonly index: number; readonly reason: CompareThreadLoss }
  | { readonly type: "store-started"; readonly port: MessagePort }
  /** Applies to every request that begins from now on; requests in flight keep their route. Confirmed by `applied`. */
  | { readonly type: "reconfigure"; readonly config: Config; readonly revision: number }
  /** Pause and shares; they override the current configuration and later ones. Confirmed by `applied`. */
  | { readonly type: "control"; readonly control: ControlState; readonly revision: number }
  /**
   * Commits the captures of all requests served so far: waits up to `graceMs` for mirrored requests in flight, then up to
   * `commitMs` for the batches. Confirmed by `applied` when they are committed, and not at all when that takes too long.
   */
  | { readonly type: "flush"; readonly graceMs: number; readonly commitMs: number; readonly revision: number }
  | UnconfirmedMessage
  /** The causes for whose next request isolations wait; none: nothing is kept. */
  | { readonly type: "arm"; readonly causes: readonly ArmedCause[] }
  | { readonly type: "templates"; readonly templates: readonly LearnedTemplate[] }
  /** The last batch of spans was accepted: the next one can follow. */
  | { readonly type: "spans-accepted" }
  | ({ readonly type: "drain" } & DrainLimits);
/** A thread that starts later does not get it. */
export type UnconfirmedMessage =
  /** The shares of endpoints that follow verdicts. */
  | { readonly type: "shares"; readonly shares: readonly EndpointShares[] }
  /** Another thread has found this address down: the next response of it is reported. */
  | ({ readonly type: "upstream-down" } & UpstreamAddress)
  | ReplayMessage;
/** For a thread that replays a recording. */
export type ReplayMessage =
  /** The next requests, in the order of the recording. */
  | { readonly type: "replay"; readonly requests: readonly ScheduledRequest[] }
  /** No further requests follow. `isStop`: those that wait are not sent either. */
  | { readonly type: "replay-end"; readonly isStop: boolean };
export type ProxyToMain =
  | ({ readonly type: "upstream" } & HealthReport)
  | { readonly type: "applied"; readonly revision: number }
  /** Requests by endpoint since the last message, for candidates whose shares follow verdicts. */
  | { readonly type: "arrivals"; readonly arrivals: readonly EndpointArrivals[] }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "log"; readonly level: "info" | "error"; readonly text: string }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  /** A live request that shows an armed cause, with its secrets. */
  | { readonly type: "found"; readonly found: FoundRequest }
  /** Confirmed by `spans-accepted`. */
  | { readonly type: "spans"; readonly batch: SpanBatch }
  /** Counts of a replay, whenever they have changed. */
  | { readonly type: "replayed"; readonly counts: ReplayCounts }
  | { readonly type: "drained" };

export type MainToCompare =
  | { readonly type: "proxy"; readonly port: MessagePort }
  | { readonly type: "store"; readonly port: MessagePort }
  /** Applies to every batch that is compared from now on. Its rules are those of the configuration and the stored ones. */
  | ({ readonly type: "reconfigure" } & ComparisonSettings)
  /** The open tails; none: nothing is selected for them. */
  | { readonly type: "tails"; readonly subscriptions: readonly TailSubscription[] }
  /** The causes for which to look in exchanges whose requests are kept. */
  | { readonly type: "arm"; readonly causes: readonly ArmedCause[] }
  /** The batches compared so far belong to the run that has ended. */
  | { readonly type: "begin-run" };
export type CompareToMain =
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "tail"; readonly deliveries: readonly TailDelivery[] }
  /** For the metrics of endpoints, since the last such message. */
  | { readonly type: "endpoints"; readonly comparisons: readonly EndpointComparisons[] };

export type MainToStore =
  | { readonly type: "proxy"; readonly port: MessagePort }
  | { readonly type: "compare"; readonly port: MessagePort }
  /** A reload has changed the versions, the gate or the rules of the current run, or the configured path templates. */
  | { readonly type: "run"; readonly run: Run; readonly endpoints: readonly string[] }
  /** Confirmed by `response`; at once when the database cannot be used. */
  | { readonly type: "edit"; readonly id: number; readonly edit: StoreEdit }
  /** Writes an edit of the control that replicas share. Confirmed by `response`, after the `shared` that has it. */
  | { readonly type: "control"; readonly id: number; readonly edit: ControlEdit }
  /** What this replica says about itself: once a second, and when it applies a change. Only for a shared store. */
  | { readonly type: "replica"; readonly report: ReplicaReport }
  /** A proxy thread has died; its requests in flight get no other fate. Sent again to a restarted store thread. */
  | { readonly type: "proxy-died"; readonly identity: string }
  /** Results received so far belong to the run that ends, later ones to the new run. Confirmed by `response`. */
  | { readonly type: "switch-run"; readonly id: number; readonly run: Run; readonly endedAt: number }
  | { readonly type: "close" };
export type StoreToMain =
  /** The stored rules, the denied fields and the learned templates, before the first `state` and whenever they change. */
  | ({ readonly type: "rules" } & StoredRules)
  /** `isConflict`: another replica has begun a run at the same time. */
  | { readonly type: "response"; readonly id: number; readonly error: string | null; readonly isConflict?: boolean }
  /** What the replicas of the store share: before the first `state` if the store works, then on every change and once a second. */
  | { readonly type: "shared"; readonly state: SharedState }
  /** This process counts to a run that other replicas have begun before it started. */
  | { readonly type: "joined"; readonly run: Run }
  | { readonly type: "state"; readonly error: string | null }
  /** The counts of a batch do not add up: requests were lost by a defect. */
  | { readonly type: "requests-lost"; readonly candidate: string; readonly requests: number }
  /** The file was deleted, moved or replaced. A new one was started. */
  | ({ readonly type: "file-lost" } & FileLoss)
  | { readonly type: "committed" }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "closed" };

export type ProxyToStore = CountBatch;
export type ProxyToCompare = CaptureBatch;
export type CompareReply =
  /** The batch has been compared, and its memory can be reused. */
  | { readonly type: "compared"; readonly id: string }
  /** Exchanges were compared whose requests the proxy thread keeps. */
  | { readonly type: "seen"; readonly exchanges: readonly SeenExchange[] }
  | StoreReply;
/** `isResent`: see `CaptureBatch`. */
export type CompareToStore = ResultBatch & Pick<CaptureBatch, "isResent">;
/** The batches are committed or permanently rejected: their sender can forget them. */
export type StoreReply = { readonly type: "acknowledged"; readonly ids: readonly string[] };

/** prom-client's JSON form of a thread's registry. Each thread sends it once a second, so that a scrape never waits for a thread. */
export type MetricsSnapshot = readonly object[];
