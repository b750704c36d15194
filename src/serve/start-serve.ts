import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { MirrorControl } from "../admin/mirror-control.ts";
import { RunManager } from "../admin/run-manager.ts";
import { type Admin, startAdmin } from "../admin/admin-server.ts";
import { problemLine, severityOf } from "../config/config-error.ts";
import { LiveConfig } from "./live-config.ts";
import type { ConfigSource } from "./reloaded-config.ts";
import { rolesOf } from "../config/roles.ts";
import { changedRun, newRun } from "../config/run-from-config.ts";
import { packageVersion } from "../lib/versions.ts";
import { listenerUrl } from "../http/listener-url.ts";
import type { Config } from "../model/config.ts";
import type { Subset } from "../model/routing.ts";
import type { Run } from "../model/run.ts";
import type { Status } from "../model/status.ts";
import { openSqliteReader } from "../store/sqlite/read/sqlite-reader.ts";
import { createMetricsHub } from "../telemetry/aggregate.ts";
import { breakerView } from "../telemetry/breaker-metrics.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMainMetrics } from "../telemetry/main-metrics.ts";
import { observeProcess } from "../telemetry/process-metrics.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { Supervisor } from "../threads/supervisor.ts";

/** How long requests in flight, and mirrored ones, may take after the program was told to end. */
const DRAIN_GRACE_MS = 10_000;
const WEB_ROOT = fileURLToPath(new URL("../../web/dist", import.meta.url));

export interface ServeOptions {
  /** Where the configuration came from; its files are watched. Undefined: it stays as it is. */
  readonly source?: ConfigSource | undefined;
  readonly webRoot?: string | undefined;
  readonly logger?: Logger | undefined;
}

export interface Running {
  /** The first one: another may be begun while it runs. */
  readonly run: Run;
  /** Where clients send their requests. */
  readonly proxyUrl: string;
  /** Dashboard, API and metrics. */
  readonly adminUrl: string;
  /** Reads the configuration anew. When it cannot be used, the one before stays in force and the error is shown. */
  readonly reload: () => void;
  /** Stops taking traffic, lets what is under way end, commits what was captured, and closes everything. */
  drain(): Promise<void>;
}

/**
 * The composition root: store, compare and proxy threads, and the admin listener beside them.
 * @throws when an address cannot be bound; nothing is left running then
 */
export async function startServe(config: Config, options: ServeOptions = {}): Promise<Running> {
  const logger = options.logger ?? createLogger({ level: "info", thread: "main" });
  const run = newRun(config, Date.now(), { name: config.runName });
  const hub = createMetricsHub();
  const version = packageVersion();
  const metrics = createMainMetrics(hub.registry, version, threadNames(config));
  observeProcess(hub.registry);
  const stopObserving = observeThread(hub.registry, "main");

  let storeError: string | null = null;
  let draining = false;
  let proxyUrl = "";
  let adminUrl = "";
  let admin: Admin | undefined;

  const supervisor = new Supervisor(config, run, logger, {
    committed: () => admin?.notify("committed"),
    rules: () => admin?.notify("rules"),
    storeState(error) {
      storeError = error;
      metrics.storeUp(error === null);
      if (error !== null) logger.error({ store: config.store.path }, `the store cannot be used: ${error}`);
      admin?.notify("status");
    },
    restarted(thread) {
      hub.retire(thread);
      metrics.restarted(thread);
      admin?.notify("status");
    },
    metrics: (thread, snapshot) => hub.update(thread, snapshot),
  });

  const desk = new MirrorControl({
    config,
    apply: (control) => supervisor.control(control),
    breaker: (route, candidate) => breakerView((name, labels) => hub.count(name, labels), route, candidate),
    onChange(change) {
      logger.info(change, "mirroring was changed at run time");
      metrics.paused(desk.paused);
      admin?.notify("status");
    },
    now: Date.now,
  });

  const runs = new RunManager({
    run,
    create: (request) => newRun(live.current, Date.now(), request),
    apply: (next) => supervisor.switchRun(next),
    onSwitch({ ended, current, by }) {
      logger.info(
        { ended: ended.id, run: current.id, name: current.name, by },
        "a run was ended and another one begun",
      );
      // The configuration may have been read anew meanwhile.
      const now = changedRun(current, live.current, current.startedAt);
      runs.update(now);
      if (!isDeepStrictEqual(now, current)) supervisor.updateRun(now);
      admin?.notify("status");
    },
  });

  const live = new LiveConfig(config, {
    source: options.source,
    async applied(next, { needsRestart, warnings }) {
      runs.update(changedRun(runs.current, next, Date.now()));
      await Promise.all([supervisor.reconfigure(next, runs.current), desk.configure(next)]);
      metrics.reloaded(true);
      logger.info("the configuration was read anew and is in force");
      for (const warning of warnings) if (severityOf(warning) === "warning") logger.warn(problemLine(warning));
      if (needsRestart.length > 0) logger.warn({ options: needsRestart }, "changed options need a restart");
      admin?.notify("status");
    },
    refused(error) {
      metrics.reloaded(false);
      logger.error(`the new configuration was refused, the one before stays in force: ${error.message}`);
      admin?.notify("status");
    },
    now: Date.now,
  });

  const status = (): Status => ({
    version,
    runId: runs.current.id,
    startedAt: run.startedAt,
    uptimeMs: Math.round(process.uptime() * 1000),
    listenUrl: proxyUrl,
    adminUrl,
    ...versionsOf(live.current),
    store: {
      path: config.store.path,
      error: storeError,
      lostExchanges:
        hub.count("shadowdiff_mirror_dropped_total", { reason: "queue" }) +
        hub.count("shadowdiff_store_lost_exchanges_total", {}),
    },
    threads: supervisor.restarts(),
    ready: proxyUrl !== "",
    paused: desk.paused,
    config: live.status,
    draining,
  });

  try {
    const started = await startAdmin({
      config,
      runs,
      control: desk,
      rules: () => live.current.compare.rules,
      edit: (edit) => supervisor.edit(edit),
      readStore() {
        try {
          return openSqliteReader(config.store.path);
        } catch (error) {
          // Why the database could not be made says more than that it is not there.
          throw storeError === null ? error : new Error(storeError, { cause: error });
        }
      },
      metrics: () => hub.expose(),
      status,
      webRoot: options.webRoot ?? WEB_ROOT,
      logger,
    });
    admin = started;
    adminUrl = started.url;
    const scheme = config.listenTls === undefined ? "http" : "https";
    proxyUrl = listenerUrl({ host: config.listen.host, port: await supervisor.listen() }, scheme);
    return {
      run,
      proxyUrl,
      adminUrl,
      reload: () => live.reload(),
      async drain() {
        draining = true;
        live.close();
        admin?.notify("status");
        await supervisor.drain(DRAIN_GRACE_MS);
        await started.close();
        stopObserving();
      },
    };
  } catch (error) {
    live.close();
    await supervisor.kill();
    throw error;
  }
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

function threadNames(config: Config): string[] {
  return [...numbered("proxy", config.threads.proxy), ...numbered("compare", config.threads.compare), "store"];
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}
