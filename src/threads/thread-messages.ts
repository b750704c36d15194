import type { MessagePort } from "node:worker_threads";
import type { CompareThreadLoss } from "../model/accounting.ts";
import type { CaptureBatch, ResultBatch } from "../model/batch.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit } from "../store/store.ts";

/**
 * Every message between two threads, by direction. The main thread creates the ports between proxy, compare and store
 * threads. Batches do not pass through it, so a stalled main thread holds up no other.
 *
 *   proxy ──CaptureBatch──► compare ──ResultBatch──► store
 *         ◄─CompareReply──          ◄─StoreReply──
 */

/** Worker data of a proxy thread. */
export interface ProxyData {
  readonly config: Config;
  /** Unique for each thread that was ever started, so that batch ids never repeat. */
  readonly identity: string;
  /** The port of the first proxy thread; 0 lets the system choose one. */
  readonly port: number;
  readonly redactionKey: Uint8Array;
  /** Applies from the first request on. */
  readonly control: ControlState;
}

/** Worker data of a compare thread. */
export interface CompareData {
  /** Its rules are those of the configuration, followed by the stored ones. */
  readonly config: Config;
  readonly redactionKey: Uint8Array;
  /**
   * One cell: `process.hrtime.bigint()`, which is the same clock in all threads, of the moment when the current comparison
   * began; 0 when idle.
   */
  readonly busySince: BigInt64Array<SharedArrayBuffer>;
}

/** Worker data of the store thread. */
export interface StoreData {
  readonly config: Config;
  readonly run: Run;
}

/** Time limits of a proxy thread that ends, in milliseconds. */
export interface DrainLimits {
  /** For requests in flight, and for mirrored requests. */
  readonly graceMs: number;
  /** For captures to be committed; part of `graceMs`. */
  readonly commitMs: number;
}

export type MainToProxy =
  | { readonly type: "compare-started"; readonly index: number; readonly port: MessagePort }
  | { readonly type: "compare-died"; readonly index: number; readonly reason: CompareThreadLoss }
  /** Applies to every request that begins from now on; requests in flight keep their route. Confirmed by `applied`. */
  | { readonly type: "reconfigure"; readonly config: Config; readonly revision: number }
  /** Pause and shares; they override the current configuration and later ones. Confirmed by `applied`. */
  | { readonly type: "control"; readonly control: ControlState; readonly revision: number }
  /**
   * Commits the captures of all requests served so far: waits up to `graceMs` for mirrored requests in flight, then up to
   * `commitMs` for the batches. Confirmed by `applied` when they are committed, and not at all when that takes too long.
   */
  | { readonly type: "flush"; readonly graceMs: number; readonly commitMs: number; readonly revision: number }
  | ({ readonly type: "drain" } & DrainLimits);
export type ProxyToMain =
  | { readonly type: "applied"; readonly revision: number }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "log"; readonly level: "info" | "error"; readonly text: string }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "drained" };

export type MainToCompare =
  | { readonly type: "proxy"; readonly port: MessagePort }
  | { readonly type: "store"; readonly port: MessagePort }
  /** Applies to every batch that is compared from now on. Its rules are those of the configuration and the stored ones. */
  | { readonly type: "reconfigure"; readonly config: Config };
export type CompareToMain = { readonly type: "metrics"; readonly snapshot: MetricsSnapshot };

export type MainToStore =
  | { readonly type: "compare"; readonly port: MessagePort }
  /** A reload has changed the versions or the gate of the current run. */
  | { readonly type: "run"; readonly run: Run }
  /** Confirmed by `response`; at once when the database cannot be used. */
  | { readonly type: "edit"; readonly id: number; readonly edit: StoreEdit }
  /** Results received so far belong to the run that ends, later ones to the new run. Confirmed by `response`. */
  | { readonly type: "switch-run"; readonly id: number; readonly run: Run; readonly endedAt: number }
  | { readonly type: "close" };
export type StoreToMain =
  /** The stored rules, before the first `state` and whenever they change. */
  | { readonly type: "rules"; readonly rules: readonly Rule[] }
  | { readonly type: "response"; readonly id: number; readonly error: string | null }
  | { readonly type: "state"; readonly error: string | null }
  | { readonly type: "committed" }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "closed" };

export type ProxyToCompare = CaptureBatch;
export type CompareReply =
  /** Returns the memory of a batch. */
  { readonly type: "slab"; readonly slab: ArrayBuffer } | StoreReply;
export type CompareToStore = ResultBatch;
/** The batches are committed or permanently rejected: their sender can forget them. */
export type StoreReply = { readonly type: "acknowledged"; readonly ids: readonly string[] };

/** prom-client's JSON form of a thread's registry. Each thread sends it once a second, so that a scrape never waits for a thread. */
export type MetricsSnapshot = readonly object[];
