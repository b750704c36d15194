import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { isDeepStrictEqual } from "node:util";
import type { MirrorControl } from "../admin/mirror-control.ts";
import { ReplicaList } from "../admin/replicas/replica-list.ts";
import type { RunManager } from "../admin/run-manager.ts";
import type { Config } from "../model/config.ts";
import type { ReplicaIdentity, ReplicaReport, SharedState } from "../model/shared/replica.ts";
import type { Status } from "../model/status.ts";
import type { ReplicaSummary } from "../model/views/replicas.ts";
import { configFingerprint } from "./config-fingerprint.ts";

const ID_BYTES = 8;
const REPORT_INTERVAL_MS = 1_000;

/** The identity of this process among the replicas of its store. */
export function createReplicaIdentity({ replicaName }: Pick<Config, "replicaName">): ReplicaIdentity {
  return { id: randomBytes(ID_BYTES).toString("hex"), name: replicaName ?? hostname() };
}

export interface ReplicaLinkOptions {
  readonly self: ReplicaIdentity;
  /** Whether other processes can share the store. */
  readonly isShared: boolean;
  /** The parts of the process that follow the shared state; called once they exist. */
  parts(): { readonly control: MirrorControl; readonly runs: RunManager };
  config(): Config;
  status(): Status;
  /** Copies that were dropped since the start. */
  droppedCopies(): number;
  /** Tells the other replicas about this one. */
  send(report: ReplicaReport): void;
  /** The list of replicas has changed. @param before undefined for the first list */
  onChange(before: ReplicaSummary | undefined, after: ReplicaSummary | undefined): void;
  /** Rules, reviews or templates may have changed. */
  onEdit(): void;
}

/** Keeps this process and the replicas of its store up to date about each other. */
export class ReplicaLink {
  readonly replicas: ReplicaList;
  readonly #options: ReplicaLinkOptions;
  #applied = 0;
  #change: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #summary: ReplicaSummary | undefined;

  constructor(options: ReplicaLinkOptions) {
    this.#options = options;
    this.replicas = new ReplicaList({
      self: options.self,
      isShared: options.isShared,
      report: () => this.#report(),
      runId: () => options.parts().runs.current.id,
    });
  }

  /** Whether this replica is the first of those that are live: one of them speaks for all. */
  get isFirst(): boolean {
    return this.replicas.view().replicas.find(({ state }) => state === "live")?.self ?? true;
  }

  /** Reports once a second from now on, if there is a store to share. */
  start(): void {
    if (!this.#options.isShared) return;
    this.#send();
    this.#timer = setInterval(() => this.#send(), REPORT_INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Takes what was read from the store. */
  follow(state: SharedState): void {
    const { control, runs } = this.#options.parts();
    this.replicas.update(state);
    void this.#followControl(control, state);
    if (state.run !== null) void this.#followRun(runs, state.run);
    if (this.#change !== undefined && state.change !== this.#change) this.#options.onEdit();
    this.#change = state.change;
    const summary = this.replicas.summary();
    const before = this.#summary;
    this.#summary = summary;
    if (!isDeepStrictEqual(summary, before)) this.#options.onChange(before, summary);
  }

  async #followControl(control: MirrorControl, state: SharedState): Promise<void> {
    await control.follow(state);
    if (state.change > this.#applied) {
      this.#applied = state.change;
      this.#send();
    }
    await control.retry();
  }

  async #followRun(runs: RunManager, run: NonNullable<SharedState["run"]>): Promise<void> {
    const before = runs.current.id;
    await runs.follow(run);
    if (runs.current.id !== before) this.#send();
  }

  #send(): void {
    this.#options.send(this.#report());
  }

  #report(): ReplicaReport {
    const options = this.#options;
    const { version, startedAt, listenUrl, adminUrl, ready, draining, store, down = [], threads } = options.status();
    return {
      version,
      startedAt,
      listenUrl,
      adminUrl,
      config: configFingerprint(options.config()),
      health: {
        ready,
        draining,
        storeError: store.error,
        lostExchanges: store.lostExchanges ?? 0,
        droppedCopies: options.droppedCopies(),
        down: down.map(({ address }) => address),
        threadRestarts: threads.reduce((sum, { restarts }) => sum + restarts, 0),
      },
      applied: this.#applied,
    };
  }
}
