import type { AdminProbes } from "../../admin/admin-options.ts";
import { rolesOf } from "../../config/roles.ts";
import type { Config } from "../../model/config.ts";
import { ArmedRequests } from "../../probe/armed-requests.ts";
import type { ProbeSender } from "../../probe/probe-sender.ts";
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

/**
 * Creates what sends requests again, from the main thread, with the rules and the fingerprints of the comparison. It is loaded with
 * the first request, because it needs a large part of the proxy and of the comparison.
 */
export function createProbes(config: Config, supervisor: Supervisor, hub: Pick<MetricsHub, "registry">): Probes {
  const candidates = rolesOf(config.routes).candidates.map(({ name }) => name);
  const metrics = createProbeMetrics(hub.registry, candidates);
  let loading: Promise<ProbeSender> | undefined;
  let sender: ProbeSender | undefined;
  const load = async (): Promise<ProbeSender> => {
    const { ProbeSender } = await import("../../probe/probe-sender.ts");
    return (sender = new ProbeSender({
      settings: () => supervisor.comparisonSettings(),
      redactionKey: supervisor.redactionKey,
      metrics,
      random: Math.random,
    }));
  };
  const live = new ArmedRequests((causes) => supervisor.arm(causes));
  return {
    forAdmin: {
      runner: { probe: async (request, target, signal) => (await (loading ??= load())).probe(request, target, signal) },
      live,
      async fieldsInReports(endpoint, fields) {
        const { fieldsInReports } = await import("../../probe/probe-comparison.ts");
        return fieldsInReports(endpoint, fields, supervisor.comparisonSettings());
      },
    },
    live,
    get count() {
      return sender?.count ?? 0;
    },
    close: async () => (await loading)?.close(),
  };
}
