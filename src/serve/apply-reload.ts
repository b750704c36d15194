import type { MirrorControl } from "../admin/mirror-control.ts";
import type { RunManager } from "../admin/run-manager.ts";
import { problemLine, severityOf } from "../config/config-error.ts";
import { changedRun } from "../config/run-from-config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { MainMetrics } from "../telemetry/main-metrics.ts";
import type { Supervisor } from "../threads/supervisor.ts";
import type { LiveConfigOptions } from "./live-config.ts";
import type { AutomaticMarks } from "./marks/automatic-marks.ts";
import type { UpstreamWatch } from "./upstream-watch.ts";

export interface ReloadTargets {
  readonly supervisor: Supervisor;
  readonly mirrorControl: MirrorControl;
  readonly runs: RunManager;
  readonly metrics: MainMetrics;
  readonly log: Logger;
  /** The status has changed. */
  notify(): void;
  readonly upstreams: UpstreamWatch;
  readonly marks: AutomaticMarks;
}

/** Applies a reloaded configuration to the threads, the run, and the run-time controls, and reports the outcome. */
export function applyReload(targets: ReloadTargets): Pick<LiveConfigOptions, "onLoad" | "onError"> {
  const { supervisor, mirrorControl, runs, metrics, log, upstreams, marks } = targets;
  return {
    async onLoad(config, { needsRestart, warnings, changed }) {
      runs.update(changedRun(runs.current, config, Date.now()));
      upstreams.setRoutes(config.routes);
      await Promise.all([supervisor.reconfigure(config, runs.current), mirrorControl.configure(config)]);
      metrics.reloaded(true);
      log.info("the configuration was reloaded");
      marks.reloaded(changed);
      for (const warning of warnings) if (severityOf(warning) === "warning") log.warn(problemLine(warning));
      if (needsRestart.length > 0) log.warn({ options: needsRestart }, "changed options need a restart");
      targets.notify();
    },
    onError(error) {
      metrics.reloaded(false);
      log.error(`the new configuration was rejected; the previous one stays active: ${error.message}`);
      targets.notify();
    },
  };
}
