import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Admin, startAdmin } from "./admin/server.ts";
import { packageVersion } from "./lib/package-version.ts";
import { urlOf } from "./lib/url-of.ts";
import type { Config } from "./model/config.ts";
import type { Run } from "./model/run.ts";
import type { Status } from "./model/status.ts";
import { openSqliteReader } from "./store/sqlite/reader.ts";
import { createMetricsHub } from "./telemetry/aggregate.ts";
import { createLogger, type Logger } from "./telemetry/logger.ts";
import { createMainMetrics } from "./telemetry/main-metrics.ts";
import { observeProcess } from "./telemetry/process-metrics.ts";
import { observeThread } from "./telemetry/thread-metrics.ts";
import { Supervisor } from "./threads/supervisor.ts";

/** How long requests in flight, and mirrored ones, may take after the program was told to end. */
const DRAIN_GRACE_MS = 10_000;
const WEB_ROOT = fileURLToPath(new URL("../web/dist", import.meta.url));

export interface ServeOptions {
  readonly webRoot?: string | undefined;
  readonly logger?: Logger | undefined;
}

export interface Running {
  readonly run: Run;
  /** Where clients send their requests. */
  readonly proxyUrl: string;
  /** Dashboard, API and metrics. */
  readonly adminUrl: string;
  /** Stops taking traffic, lets what is under way end, commits what was captured, and closes everything. */
  drain(): Promise<void>;
}

/**
 * The composition root: store, compare and proxy threads, and the admin listener beside them.
 * @throws when an address cannot be bound; nothing is left running then
 */
export async function startServe(config: Config, options: ServeOptions = {}): Promise<Running> {
  const logger = options.logger ?? createLogger({ level: "info", thread: "main" });
  const run = beginRun(config, Date.now());
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

  const status = (): Status => ({
    version,
    runId: run.id,
    startedAt: run.startedAt,
    uptimeMs: Math.round(process.uptime() * 1000),
    listenUrl: proxyUrl,
    adminUrl,
    primary: { name: config.route.primary.name, url: config.route.primary.url },
    candidates: config.route.candidates.map(({ subset }) => ({ name: subset.name, url: subset.url })),
    secondary: config.route.secondary?.subset ?? null,
    store: {
      path: config.store.path,
      error: storeError,
      lostExchanges:
        hub.count("shadowdiff_mirror_dropped_total", { reason: "queue" }) +
        hub.count("shadowdiff_store_lost_exchanges_total", {}),
    },
    threads: supervisor.restarts(),
    ready: proxyUrl !== "",
    draining,
  });

  try {
    const started = await startAdmin({
      config,
      run,
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
    proxyUrl = urlOf({ host: config.listen.host, port: await supervisor.listen() });
    return {
      run,
      proxyUrl,
      adminUrl,
      async drain() {
        draining = true;
        admin?.notify("status");
        await supervisor.drain(DRAIN_GRACE_MS);
        await started.close();
        stopObserving();
      },
    };
  } catch (error) {
    await supervisor.kill();
    throw error;
  }
}

/** Ids sort by start, also as text. */
function beginRun(config: Config, now: number): Run {
  const id = `${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}-${randomBytes(2).toString("hex")}`;
  return {
    id,
    name: config.runName ?? id,
    startedAt: now,
    primary: config.route.primary.name,
    candidates: config.route.candidates.map(({ subset }) => subset.name),
    secondary: config.route.secondary?.subset.name ?? null,
    gate: config.gate,
  };
}

function threadNames(config: Config): string[] {
  return [...numbered("proxy", config.threads.proxy), ...numbered("compare", config.threads.compare), "store"];
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}
