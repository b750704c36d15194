import { SerialQueue } from "../lib/async/serial-queue.ts";
import { packageVersion } from "../lib/versions.ts";
import type { Run } from "../model/run.ts";
import type { ControlEdit } from "../model/shared/control-edit.ts";
import type { ReplicaIdentity, ReplicaReport } from "../model/shared/replica.ts";
import type { PostgresLocation } from "../model/store/store-location.ts";
import { SharedFollower } from "../store/postgres/shared/shared-follower.ts";
import type { StoreToMain } from "./thread-messages.ts";

export interface SharedStoreOptions {
  readonly location: PostgresLocation;
  readonly replica: ReplicaIdentity;
  /** The run that this process would begin. */
  readonly run: Run;
  send(message: StoreToMain): void;
  /** Reads rules, reviews and templates again, which another replica may have changed. */
  reloadRules(): void;
}

/** The part of a store thread that follows what replicas share. It begins once the store was opened, which creates its tables. */
export class SharedStore {
  readonly #options: SharedStoreOptions;
  readonly #follower: SharedFollower;
  #hasBegun = false;
  readonly #states = new SerialQueue();

  constructor(options: SharedStoreOptions) {
    const { location, replica } = options;
    this.#options = options;
    this.#follower = new SharedFollower({
      location,
      replicaId: replica.id,
      applicationName: `shadowdiff ${packageVersion()} ${replica.name} state`,
      onState: (state) => options.send({ type: "shared", state }),
      onChange: () => options.reloadRules(),
      onMerge: () => options.send({ type: "committed" }),
    });
  }

  /** The store was opened, and counts go to this run. */
  begin(run: Run): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    if (run.id !== this.#options.run.id) this.#options.send({ type: "joined", run });
    this.#follower.start();
  }

  /** Sends whether the store works; if it does, after the shared state, so that it applies before the first request. */
  sendState(error: string | null): void {
    void this.#states.run(async () => {
      if (error === null) await this.#follower.refresh();
      this.#options.send({ type: "state", error });
    });
  }

  /** What this replica says about itself from now on. */
  report(report: ReplicaReport): void {
    this.#follower.report(report);
  }

  /** See `SharedFollower.edit`. */
  edit(edit: ControlEdit): Promise<string | null> {
    return this.#follower.edit(edit);
  }

  /** The other replicas wait for this one to count to the new run. */
  async runSwitched(): Promise<void> {
    await this.#follower.notify();
    await this.#follower.refresh();
  }

  close(): Promise<void> {
    return this.#follower.close();
  }
}
