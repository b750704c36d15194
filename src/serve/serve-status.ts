import type { MirrorControl } from "../admin/mirror-control.ts";
import type { RunManager } from "../admin/run-manager.ts";
import { rolesOf } from "../config/roles.ts";
import type { Config } from "../model/config.ts";
import type { Subset } from "../model/routing.ts";
import type { Status } from "../model/status.ts";
import type { MetricsHub } from "../telemetry/metrics-hub.ts";
import type { Supervisor } from "../threads/supervisor.ts";
import type { LiveConfig } from "./live-config.ts";
import type { Probes } from "./probes/create-probes.ts";
import type { UpstreamWatch } from "./upstream-watch.ts";

export interface StatusSources {
  /** Of the running program, which is read once: the files can be replaced while it runs. */
  readonly version: string;
  readonly startedAt: number;
  readonly storePath: string;
  readonly hub: MetricsHub;
  readonly supervisor: Supervisor;
  readonly mirrorControl: MirrorControl;
  readonly runs: RunManager;
  readonly liveConfig: LiveConfig;
  readonly upstreams: UpstreamWatch;
  readonly probes: Pick<Probes, "count">;
}

/** Changes while the process starts and ends. */
export interface ServeState {
  /** Empty until clients are served, and during a replay. */
  proxyUrl: string;
  adminUrl: string;
  isReady: boolean;
  isDraining: boolean;
  /** When the store file was last deleted, moved or replaced, Unix milliseconds; null if never. */
  lostFileAt: number | null;
  /** The last report about the store was an error. */
  wasStoreDown: boolean;
}

/** The status that the admin API and the dashboard show. */
export function readStatus(sources: StatusSources, state: ServeState): Status {
  const { proxyUrl, adminUrl, isReady, isDraining, lostFileAt } = state;
  const { version, startedAt, storePath, hub, supervisor, mirrorControl, runs, liveConfig, upstreams, probes } =
    sources;
  return {
    version,
    runId: runs.current.id,
    startedAt,
    uptimeMs: Math.round(process.uptime() * 1000),
    listenUrl: proxyUrl,
    adminUrl,
    ...versionsOf(liveConfig.current),
    down: upstreams.down,
    store: {
      path: storePath,
      error: supervisor.storeError,
      lostExchanges:
        hub.count("shadowdiff_mirror_dropped_total", { reason: "queue" }) +
        hub.count("shadowdiff_store_lost_exchanges_total", {}),
      lostFileAt,
    },
    probes: probes.count,
    lostRequests: hub.count("shadowdiff_lost_requests_total", {}),
    threads: supervisor.restarts(),
    ready: isReady,
    paused: mirrorControl.paused,
    config: liveConfig.status,
    draining: isDraining,
  };
}

function versionsOf({ routes }: Config): Pick<Status, "primary" | "candidates" | "secondary"> {
  const { primaries, candidates, secondaries } = rolesOf(routes);
  const [secondary] = secondaries;
  return {
    primary: subsetStatus({
      name: primaries.map(({ name }) => name).join(", "),
      urls: primaries.flatMap(({ urls }) => urls),
    }),
    candidates: candidates.map(subsetStatus),
    secondary: secondary === undefined ? null : subsetStatus(secondary),
  };
}

function subsetStatus({ name, urls }: Pick<Subset, "name" | "urls">): Status["primary"] {
  return { name, url: urls.join(", ") };
}
