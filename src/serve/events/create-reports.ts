import { ReportThread } from "../../admin/reports/report-thread.ts";
import type { Reports } from "../../admin/reports/reports.ts";
import type { RunManager } from "../../admin/run-manager.ts";
import type { StoreLocation } from "../../model/store/store-location.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { MetricsHub } from "../../telemetry/metrics-hub.ts";
import type { Supervisor } from "../../threads/supervisor.ts";
import type { SupervisorEvents } from "../../threads/supervisor-options.ts";

interface ReportSources {
  readonly location: StoreLocation;
  readonly runs: RunManager;
  readonly supervisor: Supervisor;
  readonly hub: MetricsHub;
  readonly log: Logger;
  readonly events: Pick<SupervisorEvents, "threadRestarted">;
}

/** The reports of the store, which a thread builds that starts with the first question. */
export function createReports({ location, runs, supervisor, hub, log, events }: ReportSources): Reports {
  return new ReportThread({
    location,
    facts: () => ({ current: runs.current, storeError: supervisor.storeError }),
    onMetrics: (snapshot) => hub.update("report", snapshot),
    onIdle: () => hub.retire("report"),
    onDeath(error) {
      log.error({ thread: "report", err: error }, "a thread died; the next report starts another one");
      events.threadRestarted("report", error);
    },
  });
}
