import type { Admin } from "../../admin/admin-server.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { MainMetrics } from "../../telemetry/main-metrics.ts";
import type { SupervisorEvents } from "../../threads/supervisor-options.ts";
import type { ServeState } from "../serve-status.ts";

export interface StoreEventTargets {
  readonly state: ServeState;
  readonly log: Logger;
  readonly metrics: MainMetrics;
  /** Of the store, for the log. */
  readonly storePath: string;
  /** Undefined until it is open. */
  readonly admin: () => Admin | undefined;
}

type StoreEvents = Pick<
  SupervisorEvents,
  "committed" | "rulesChanged" | "storeStateChanged" | "requestsLost" | "storeFileLost"
>;

/** Logs what the store thread reports, and notifies dashboards. */
export function storeEvents({ state, log, metrics, storePath, admin }: StoreEventTargets): StoreEvents {
  const notify = (): void => admin()?.notify("status");
  return {
    committed: () => admin()?.notify("committed"),
    rulesChanged: () => admin()?.notify("rules"),
    storeStateChanged(error) {
      metrics.storeUp(error === null);
      if (error !== null) log.error({ store: storePath }, `not stored: ${error}`);
      else if (state.wasStoreDown) log.info({ store: storePath }, "the store works: results are stored");
      state.wasStoreDown = error !== null;
      notify();
    },
    requestsLost(candidate, requests) {
      log.error(
        { candidate, requests },
        "requests were lost: the accounting does not add up; please report this defect",
      );
      notify();
    },
    storeFileLost({ requests, exchanges }) {
      state.lostFileAt = Date.now();
      log.error(
        { store: storePath, requests, exchanges },
        "the store file was deleted, moved or replaced; a new one was started, without the counts so far, earlier runs, rules and reviews",
      );
      notify();
    },
  };
}
