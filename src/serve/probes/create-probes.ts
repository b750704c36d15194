import type { AdminProbes } from "../../admin/admin-options.ts";
import { rolesOf } from "../../config/roles.ts";
import type { Config } from "../../model/config.ts";
import { ArmedRequests } from "../../probe/armed-requests.ts";
import { fieldsInReports } from "../../probe/probe-comparison.ts";
import { ProbeSender } from "../../probe/probe-sender.ts";
import type { MetricsHub } from "../../telemetry/metrics-hub.ts";
import type { Supervisor } from "../../threads/supervisor.ts";
import { createProbeMetrics } from "./probe-metrics.ts";

/** What sends requests again. */
export interface Probes {
  readonly forAdmin: AdminProbes;
  readonly live: ArmedRequests;
  /** Requests sent again since the start, each to all versions. */
  readonly count: number;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Creates what sends requests again, from the main thread, with the rules and the fingerprints of the comparison. */
export function createProbes(config: Config, supervisor: Supervisor, hub: Pick<MetricsHub, "registry">): Probes {
  const candidates = rolesOf(config.routes).candidates.map(({ name }) => name);
  const runner = new ProbeSender({
    settings: () => supervisor.comparisonSettings(),
    redactionKey: supervisor.redactionKey,
    metrics: createProbeMetrics(hub.registry, candidates),
    random: Math.random,
  });
  const visible: AdminProbes["fieldsInReports"] = (endpoint, fields) =>
    fieldsInReports(endpoint, fields, supervisor.comparisonSettings());
  const live = new ArmedRequests((causes) => supervisor.arm(causes));
  return {
    forAdmin: { runner, live, fieldsInReports: visible },
    live,
    get count() {
      return runner.count;
    },
    close: () => runner.close(),
  };
}
