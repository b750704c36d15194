import type { MessagePort } from "node:worker_threads";
import type { CaptureBatch, ResultBatch } from "../model/batch.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit } from "../store/store.ts";

/**
 * Every message between two threads, by direction. Ports between proxy, compare and store are made by main, which then
 * takes no part: a main thread that stands still stops nobody.
 *
 *   proxy ──CaptureBatch──► compare ──ResultBatch──► store
 *         ◄─CompareReply──          ◄─StoreReply──
 */

/** Handed to a thread at its birth. `identity` is new for each one, so batch ids never repeat. */
export interface ProxyData {
  readonly config: Config;
  readonly identity: string;
  /** The port that the first proxy thread was given; 0 lets the system pick. */
  readonly port: number;
  readonly redactionKey: Uint8Array;
  /** In force from the first request on. */
  readonly control: ControlState;
}
export interface CompareData {
  /** Its rules are those of the configuration, and behind them the stored ones. */
  readonly config: Config;
  readonly redactionKey: Uint8Array;
  /** One cell: `process.hrtime.bigint()` (one clock for all threads) when the exchange in hand began; 0 when idle. */
  readonly busySince: BigInt64Array<SharedArrayBuffer>;
}
export interface StoreData {
  readonly config: Config;
  readonly run: Run;
}

export type MainToProxy =
  | { readonly type: "compare-up"; readonly index: number; readonly port: MessagePort }
  | { readonly type: "compare-down"; readonly index: number; readonly reason: "thread-died" | "timeout" }
  /** For every request that begins from now on; those in flight keep their decision. Answered by `applied`. */
  | { readonly type: "reconfigure"; readonly config: Config; readonly revision: number }
  /** Pause and shares, laid over the configuration of now and later ones. Answered by `applied`. */
  | { readonly type: "control"; readonly control: ControlState; readonly revision: number }
  /**
   * Everything that was answered until now is to be committed: mirrored requests that are open get the grace, then batches
   * are handed over. Answered by `applied` when they are committed; no answer when that takes too long.
   */
  | { readonly type: "settle"; readonly graceMs: number; readonly commitMs: number; readonly revision: number }
  /** `storable`: the store can be used, so it is worth waiting for. */
  | { readonly type: "drain"; readonly graceMs: number; readonly storable: boolean };
export type ProxyToMain =
  | { readonly type: "applied"; readonly revision: number }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly message: string }
  /** For the log. */
  | { readonly type: "notice"; readonly level: "info" | "error"; readonly text: string }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "drained" };

export type MainToCompare =
  | { readonly type: "proxy"; readonly port: MessagePort }
  | { readonly type: "store"; readonly port: MessagePort }
  /** For every batch that is judged from now on. Its rules are those of the configuration and the stored ones. */
  | { readonly type: "reconfigure"; readonly config: Config };
export type CompareToMain = { readonly type: "metrics"; readonly snapshot: MetricsSnapshot };

export type MainToStore =
  | { readonly type: "compare"; readonly port: MessagePort }
  /** A reload changed its gate or its versions. */
  | { readonly type: "run"; readonly run: Run }
  /** Answered by `answered`; at once, when the database cannot be used. */
  | { readonly type: "edit"; readonly id: number; readonly edit: StoreEdit }
  /** What has come belongs to the run that ends, all that comes to the new one. Answered by `answered`. */
  | { readonly type: "switch-run"; readonly id: number; readonly run: Run; readonly endedAt: number }
  | { readonly type: "close" };
export type StoreToMain =
  /** The stored rules, before the first `state` and whenever they have changed. */
  | { readonly type: "rules"; readonly rules: readonly Rule[] }
  | { readonly type: "answered"; readonly id: number; readonly error: string | null }
  | { readonly type: "state"; readonly error: string | null }
  | { readonly type: "committed" }
  | { readonly type: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly type: "closed" };

export type ProxyToCompare = CaptureBatch;
export type CompareReply =
  | { readonly type: "slab"; readonly slab: ArrayBuffer }
  | { readonly type: "settled"; readonly ids: readonly string[] };
export type CompareToStore = ResultBatch;
export type StoreReply = { readonly type: "settled"; readonly ids: readonly string[] };

/** prom-client's JSON form of a thread's registry, pushed once a second, so that a scrape never waits for a thread. */
export type MetricsSnapshot = readonly object[];
