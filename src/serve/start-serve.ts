import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { type Admin, startAdmin } from "../admin/admin-server.ts";
import { openStore } from "../admin/live/open-store.ts";
import { MirrorControl } from "../admin/mirror-control.ts";
import { RunManager } from "../admin/run-manager.ts";
import { changedRun, extendedRun, newRun } from "../config/run-from-config.ts";
import { listenerUrl } from "../http/listener-url.ts";
import { describeFewDescriptors } from "../lib/runtime/descriptors.ts";
import { buildVersion } from "../lib/versions.ts";
import type { Config } from "../model/config.ts";
import type { Run } from "../model/run.ts";
import type { BuiltReports } from "../model/views/brief-report.ts";
import { describeLocation } from "../model/store/store-location.ts";
import { createMetricsHub } from "../telemetry/metrics-hub.ts";
import { breakerView } from "../telemetry/breaker-metrics.ts";
import { createEndpointMetrics } from "../telemetry/endpoints/endpoint-metrics.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMainMetrics, threadNames } from "../telemetry/main-metrics.ts";
import { observeProcess } from "../telemetry/process-metrics.ts";
import { createReportMetrics } from "../telemetry/report-metrics.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { Supervisor } from "../threads/supervisor.ts";
import type { SupervisorEvents } from "../threads/supervisor-options.ts";
import { applyReload } from "./apply-reload.ts";
import { configurationView } from "./configuration-view.ts";
import { createReports } from "./events/create-reports.ts";
import { storeEvents } from "./events/store-events.ts";
import { LiveConfig } from "./live-config.ts";
import { AutomaticMarks } from "./marks/automatic-marks.ts";
import { createReplicaIdentity, ReplicaLink } from "./replica-link.ts";
import { logJoin, logReplicaChanges } from "./replica-log.ts";
import { createReplicaMetrics } from "./replica-metrics.ts";
import { SamplingControl } from "./sampling/sampling-control.ts";
import { createSamplingMetrics } from "./sampling/sampling-metrics.ts";
import { createProbes } from "./probes/create-probes.ts";
import type { Running, ServeOptions } from "./serve-options.ts";
import { readStatus, type ServeState } from "./serve-status.ts";
import { createSpanExport } from "./tracing/span-export.ts";
import { storeRequiredError } from "./start-problems.ts";
import { createUpstreamWatch } from "./upstream-log.ts";
import { shutDown } from "./shutdown.ts";
import { WebhookNotifier } from "./webhook-notifier.ts";

const WEB_ROOT = fileURLToPath(new URL("../../web/dist", import.meta.url));

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
  const state: ServeState = {
    proxyUrl: "",
    adminUrl: "",
    isReady: false,
    isDraining: false,
    lostFileAt: null,
    wasStoreDown: false,
  };
  let hasJoinedRun = false;
  let admin: Admin | undefined;
  const notify = (): void => admin?.notify("status");

  const hub = createMetricsHub();
  const version = buildVersion();
  const metrics = createMainMetrics(hub.registry, version, threadNames(config));
  const readReports = async (): Promise<BuiltReports | null> => (await admin?.recentReports()) ?? null;
  createReportMetrics(hub.registry, readReports);
  const { endpoints: limit } = config.metrics;
  const countEndpoints = createEndpointMetrics(hub.registry, { limit, readReports, now: () => performance.now() });
  observeProcess(hub.registry);
  const stopObserving = observeThread(hub.registry, "main");

  const spanExport = await createSpanExport(config, { current: () => liveConfig.current, hub, version, log });
  const self = createReplicaIdentity(config);
  const events: SupervisorEvents = {
    ...storeEvents({ state, log, metrics, storePath, admin: () => admin }),
    threadRestarted(thread) {
      hub.retire(thread);
      metrics.restarted(thread);
      if (thread.startsWith("proxy-")) options.replay?.onLoss();
      notify();
    },
    metrics: (thread, snapshot) => hub.update(thread, snapshot),
    spans: (batch, templates) => spanExport?.add(batch, templates),
    tail: (deliveries) => admin?.publishTail(deliveries),
    endpointsCompared: countEndpoints,
    upstreamReported: (report) => upstreams.report(report),
    downUpstreams: () => upstreams.down,
    arrived: (thread, arrivals) => sampling.arrived(thread, arrivals),
    found: (request) => probes.live.found(request),
    replayed: (counts) => options.replay?.onCounts(counts),
    shared: (state) => link.follow(state),
    runJoined(joined) {
      hasJoinedRun = true;
      const own = changedRun(joined, liveConfig.current, Date.now());
      logJoin(log, joined, own);
      changeRun(joined, own);
    },
  };
  const replay = options.replay?.settings;
  const supervisor = new Supervisor({ config, run, replica: self, replay, log, events });

  const upstreams = createUpstreamWatch(config.routes, log, {
    onDown(upstream) {
      supervisor.post({ type: "upstream-down", subset: upstream.subset, address: upstream.address });
      webhooks.upstreamDown(upstream);
      marks.upstreamDown(upstream);
    },
    onBack(upstream, downMs) {
      webhooks.upstreamBack(upstream, downMs);
      marks.upstreamBack(upstream, downMs);
    },
    notify,
  });

  const droppedCopies = (): number => hub.count("shadowdiff_mirror_dropped_total", {});
  const link = new ReplicaLink({
    self,
    isShared: location.engine === "postgres",
    parts: () => ({ control: mirrorControl, runs }),
    config: () => liveConfig.current,
    status: () => readStatus(sources, state),
    droppedCopies,
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
      marks.controlChanged(change);
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
    apply: (shares) => supervisor.post({ type: "shares", shares }),
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
      if (by !== undefined) marks.runBegan(current, by);
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

  const marks = new AutomaticMarks({
    replica: replicas.isShared ? self.name : undefined,
    run: () => runs.current,
    edit: (edit) => supervisor.edit(edit),
    onMark: () => admin?.notify("rules"),
    now: Date.now,
    log,
  });

  const webhooks = new WebhookNotifier({
    webhooks: config.webhooks,
    registry: hub.registry,
    log,
    replica: self.name,
    run: () => runs.current,
    reports: readReports,
    droppedCopies: () => hub.count("shadowdiff_mirror_dropped_total", {}),
    speaksForAll: () => link.isFirst,
  });

  const liveConfig = new LiveConfig(config, options.effective ?? [], {
    source: options.source,
    now: Date.now,
    ...applyReload({ supervisor, mirrorControl, runs, metrics, log, notify, upstreams, marks }),
  });

  const probes = createProbes(config, supervisor, hub);
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
    probes,
  };
  const periodic = [link, sampling, webhooks];
  supervisor.start();
  for (const each of periodic) each.start();
  try {
    if (options.hasAdmin !== false) {
      admin = await startAdmin({
        config,
        runs,
        control: mirrorControl,
        current: () => liveConfig.current,
        configuration: () => configurationView(liveConfig),
        edit: (edit) => marks.edit(edit),
        watchTails: (subscriptions) => supervisor.watchTails(subscriptions),
        probes: probes.forAdmin,
        readStore: () => openStore(location, supervisor.storeError),
        reports: createReports({ location, runs, supervisor, hub, log, events }),
        metrics: (accept) => hub.expose(accept),
        replicas,
        status: () => ({ ...readStatus(sources, state), replicas: replicas.summary() }),
        webRoot: options.webRoot ?? WEB_ROOT,
        logger: log,
      });
      state.adminUrl = admin.url;
    }
    const storeProblem = await supervisor.storeOpened(options.replay?.storeTimeoutMs);
    if (storeProblem !== null && config.store.isRequired) throw storeRequiredError(storeProblem);
    // A store that opens late takes the warning back.
    state.wasStoreDown ||= storeProblem !== null;
    if (!hasJoinedRun) marks.runBegan(runs.current);
    const port = await supervisor.listen();
    const few = describeFewDescriptors();
    if (few !== null) log.warn(few);
    const scheme = config.listenTls === undefined ? "http" : "https";
    if (replay === undefined) state.proxyUrl = listenerUrl({ host: config.listen.host, port }, scheme);
    state.isReady = true;
    return {
      run: runs.current,
      store: { path: storePath, isNew: isStoreNew, problem: storeProblem },
      proxyUrl: state.proxyUrl,
      adminUrl: state.adminUrl,
      get hasJoinedRun() {
        return hasJoinedRun;
      },
      storeError: () => supervisor.storeError,
      droppedCopies,
      mark: (event) => marks.add(event),
      post: (message) => supervisor.post(message),
      reload: () => liveConfig.reload(),
      async drain(limits) {
        state.isDraining = true;
        notify();
        upstreams.close();
        for (const each of periodic) each.close();
        await shutDown({ liveConfig, supervisor, admin, probes, spanExport, log, limits });
        stopObserving();
      },
    };
  } catch (error) {
    liveConfig.close();
    for (const each of periodic) each.close();
    await Promise.all([supervisor.kill(), probes.close()]);
    throw error;
  }
}
