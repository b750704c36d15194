import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { type Admin, startAdmin } from "../admin/admin-server.ts";
import { MirrorControl } from "../admin/mirror-control.ts";
import { RunManager } from "../admin/run-manager.ts";
import { ConfigError } from "../config/config-error.ts";
import { changedRun, extendedRun, newRun } from "../config/run-from-config.ts";
import { listenerUrl } from "../http/listener-url.ts";
import { describeFewDescriptors } from "../lib/runtime/descriptors.ts";
import { buildVersion } from "../lib/versions.ts";
import type { Config } from "../model/config.ts";
import type { Run } from "../model/run.ts";
import type { EffectiveOption } from "../model/views/configuration.ts";
import { describeLocation } from "../model/store/store-location.ts";
import { openReader } from "../store/open-reader.ts";
import { createMetricsHub } from "../telemetry/metrics-hub.ts";
import { breakerView } from "../telemetry/breaker-metrics.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMainMetrics } from "../telemetry/main-metrics.ts";
import { observeProcess } from "../telemetry/process-metrics.ts";
import { createReportMetrics } from "../telemetry/report-metrics.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { Supervisor } from "../threads/supervisor.ts";
import type { SupervisorEvents } from "../threads/supervisor-options.ts";
import { applyReload } from "./apply-reload.ts";
import { configurationView } from "./configuration-view.ts";
import { LiveConfig } from "./live-config.ts";
import type { ConfigSource } from "./merge-reload.ts";
import { createReplicaIdentity, ReplicaLink } from "./replica-link.ts";
import { logJoin, logReplicaChanges } from "./replica-log.ts";
import { createReplicaMetrics } from "./replica-metrics.ts";
import { SamplingControl } from "./sampling/sampling-control.ts";
import { createSamplingMetrics } from "./sampling/sampling-metrics.ts";
import { readStatus, type ServeState } from "./serve-status.ts";
import { createUpstreamWatch } from "./upstream-log.ts";
import { shutDown } from "./shutdown.ts";

const WEB_ROOT = fileURLToPath(new URL("../../web/dist", import.meta.url));

export interface ServeOptions {
  /** The source of the configuration, whose files are watched. Undefined: the configuration cannot be reloaded. */
  readonly source?: ConfigSource | undefined;
  /** The options of the configuration with their sources, as they were loaded. */
  readonly effective?: readonly EffectiveOption[] | undefined;
  readonly webRoot?: string | undefined;
  readonly logger?: Logger | undefined;
}

export interface Running {
  /** The first run. Another one may begin while the process runs. */
  readonly run: Run;
  /** Where the results are stored, and why they are not: an absolute path, or a URL without its password. */
  readonly store: { readonly path: string; readonly isNew: boolean; readonly problem: string | null };
  /** Serves the clients. */
  readonly proxyUrl: string;
  /** Serves dashboard, API and metrics. */
  readonly adminUrl: string;
  /** Reloads the configuration. When it is invalid, the previous one stays active, and the status shows the error. */
  readonly reload: () => void;
  /** Stops accepting traffic, lets requests in flight end, commits all captures, and closes everything. */
  drain(): Promise<void>;
}

/**
 * The composition root: creates the threads, the run-time controls and the admin listener, connects them, and starts them.
 * @throws when an address cannot be bound, or with ConfigError when a required store cannot be written; everything is closed again
 *   then
 */
export async function startServe(config: Config, options: ServeOptions = {}): Promise<Running> {
  const log = options.logger ?? createLogger({ level: "info", thread: "main" });
  const run = newRun(config, Date.now(), { name: config.runName });
  const { location } = config.store;
  const storePath = location.engine === "sqlite" ? resolve(location.path) : describeLocation(location);
  const isStoreNew = location.engine === "sqlite" && !existsSync(storePath);
  const state: ServeState = { proxyUrl: "", adminUrl: "", isDraining: false, lostFileAt: null, wasStoreDown: false };
  let admin: Admin | undefined;
  const notify = (): void => admin?.notify("status");

  const hub = createMetricsHub();
  const version = buildVersion();
  const metrics = createMainMetrics(hub.registry, version, threadNames(config));
  createReportMetrics(hub.registry, async () => (await admin?.recentReports()) ?? null);
  observeProcess(hub.registry);
  const stopObserving = observeThread(hub.registry, "main");

  const self = createReplicaIdentity(config);
  const events: SupervisorEvents = {
    committed: () => admin?.notify("committed"),
    rulesChanged: () => admin?.notify("rules"),
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
    threadRestarted(thread) {
      hub.retire(thread);
      metrics.restarted(thread);
      notify();
    },
    metrics: (thread, snapshot) => hub.update(thread, snapshot),
    tail: (deliveries) => admin?.publishTail(deliveries),
    upstreamReported: (report) => upstreams.report(report),
    downUpstreams: () => upstreams.down,
    arrived: (thread, arrivals) => sampling.arrived(thread, arrivals),
    shared: (state) => link.follow(state),
    runJoined(joined) {
      const own = changedRun(joined, liveConfig.current, Date.now());
      logJoin(log, joined, own);
      changeRun(joined, own);
    },
  };
  const supervisor = new Supervisor({ config, run, replica: self, log, events });

  const upstreams = createUpstreamWatch(config.routes, log, {
    onDown: (upstream) => supervisor.watchUpstream(upstream),
    notify,
  });

  const link = new ReplicaLink({
    self,
    isShared: location.engine === "postgres",
    parts: () => ({ control: mirrorControl, runs }),
    config: () => liveConfig.current,
    status: () => readStatus(sources, state),
    droppedCopies: () => hub.count("shadowdiff_mirror_dropped_total", {}),
    send: (report) => supervisor.reportReplica(report),
    onChange(before, after) {
      logReplicaChanges(log, before, after);
      admin?.notify("replicas");
    },
    onEdit: () => admin?.notify("rules"),
  });
  const { replicas } = link;
  if (replicas.isShared) createReplicaMetrics(hub.registry, () => replicas.view());

  const mirrorControl = new MirrorControl({
    config,
    shared: replicas.isShared ? { replicas, write: (edit) => supervisor.editControl(edit) } : undefined,
    apply(control) {
      metrics.paused(control.paused);
      notify();
      return supervisor.control(control);
    },
    breaker: (route, candidate) => breakerView((name, labels) => hub.count(name, labels), route, candidate),
    sampling: (route, candidate) =>
      sampling.views().find((each) => each.route === route && each.candidate === candidate)?.view,
    onChange(change) {
      log.info(change, "mirroring was changed at run time");
      notify();
    },
    now: Date.now,
  });

  const sampling = new SamplingControl({
    threads: config.threads.proxy,
    config: () => liveConfig.current,
    percent: (route, candidate) => mirrorControl.percent(route, candidate),
    reports: async () => (await admin?.recentReports())?.reports ?? null,
    replicas: () => replicas.view().replicas.filter((each) => each.state === "live").length,
    apply: (shares) => supervisor.setShares(shares),
    clock: { wall: Date.now, monotonic: () => performance.now() },
  });
  createSamplingMetrics(hub.registry, () => sampling.views());

  const runs = new RunManager({
    run,
    create: (request) => newRun(liveConfig.current, Date.now(), request),
    apply: (createRun) => supervisor.switchRun(createRun),
    replicas: replicas.isShared ? replicas : undefined,
    onSwitch({ ended, current, by }) {
      const text = by === undefined ? "another replica has begun a new run" : "a new run has begun";
      log.info({ ended: ended.id, run: current.id, name: current.name, by }, text);
      // The configuration may have been reloaded during the switch.
      const own = by === undefined ? extendedRun : changedRun;
      changeRun(current, own(current, liveConfig.current, current.startedAt));
    },
    onUpdate(updated) {
      supervisor.joinRun(updated);
      notify();
    },
  });
  const changeRun = (known: Run, updated: Run): void => {
    runs.update(updated);
    supervisor.joinRun(updated);
    if (!isDeepStrictEqual(updated, known)) supervisor.updateRun(updated);
    notify();
  };

  const liveConfig = new LiveConfig(config, options.effective ?? [], {
    source: options.source,
    now: Date.now,
    ...applyReload({ supervisor, mirrorControl, runs, metrics, log, notify, upstreams }),
  });

  const sources = {
    version,
    startedAt: run.startedAt,
    storePath,
    hub,
    supervisor,
    mirrorControl,
    runs,
    liveConfig,
    upstreams,
  };
  supervisor.start();
  link.start();
  sampling.start();
  try {
    const started = await startAdmin({
      config,
      runs,
      control: mirrorControl,
      current: () => liveConfig.current,
      configuration: () => configurationView(liveConfig),
      edit: (edit) => supervisor.edit(edit),
      watchTails: (subscriptions) => supervisor.watchTails(subscriptions),
      readStore: () => openStore(config, supervisor.storeError),
      metrics: () => hub.expose(),
      replicas,
      status: () => ({ ...readStatus(sources, state), replicas: replicas.summary() }),
      webRoot: options.webRoot ?? WEB_ROOT,
      logger: log,
    });
    admin = started;
    state.adminUrl = started.url;
    const scheme = config.listenTls === undefined ? "http" : "https";
    const storeProblem = await supervisor.storeOpened();
    if (storeProblem !== null && config.store.isRequired) throw storeRequiredError(storeProblem);
    // A store that opens late takes the warning back.
    state.wasStoreDown ||= storeProblem !== null;
    const port = await supervisor.listen();
    const few = describeFewDescriptors();
    if (few !== null) log.warn(few);
    state.proxyUrl = listenerUrl({ host: config.listen.host, port }, scheme);
    return {
      run: runs.current,
      store: { path: storePath, isNew: isStoreNew, problem: storeProblem },
      proxyUrl: state.proxyUrl,
      adminUrl: started.url,
      reload: () => liveConfig.reload(),
      async drain() {
        state.isDraining = true;
        notify();
        upstreams.close();
        link.close();
        sampling.close();
        await shutDown({ liveConfig, supervisor, admin: started, log });
        stopObserving();
      },
    };
  } catch (error) {
    liveConfig.close();
    link.close();
    sampling.close();
    await supervisor.kill();
    throw error;
  }
}

/** @throws with the store thread's error if there is one: it explains why the store cannot be opened */
async function openStore({ store }: Config, storeError: string | null): ReturnType<typeof openReader> {
  try {
    return await openReader(store.location);
  } catch (error) {
    throw storeError === null ? error : new Error(storeError, { cause: error });
  }
}

function storeRequiredError(message: string): ConfigError {
  const allowed = "a store that can be written, or no --store-required: then clients are served, and nothing is stored";
  return new ConfigError([{ place: "--store-required", field: "", message, allowed }]);
}

function threadNames(config: Config): string[] {
  return [...numbered("proxy", config.threads.proxy), ...numbered("compare", config.threads.compare), "store"];
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}
