import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { MirrorControl } from "../../src/admin/mirror-control.ts";
import type { ReplicaList } from "../../src/admin/replicas/replica-list.ts";
import { RunManager } from "../../src/admin/run-manager.ts";
import type { AdminOptions } from "../../src/admin/admin-options.ts";
import { startAdmin, type Admin } from "../../src/admin/admin-server.ts";
import type { TailSubscription } from "../../src/compare/tail/tail-publisher.ts";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import { newRun } from "../../src/config/run-from-config.ts";
import type { SamplingView } from "../../src/model/control.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import { configurationView } from "../../src/serve/configuration-view.ts";
import { LiveConfig } from "../../src/serve/live-config.ts";
import type { Config } from "../../src/model/config.ts";
import type { Status } from "../../src/model/status.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createTestReplicas, NO_PROBES } from "../admin/admin-fixture.ts";
import { localReports } from "../admin/local-reports.ts";
import { EARLIER_RUN, RUN } from "./dashboard-data.ts";

const run = promisify(execFile);
const VITE = resolve(import.meta.dirname, "../../node_modules/vite/bin/vite.js");
const WEB = resolve(import.meta.dirname, "../../web");
/** The listen URL in the status; no server listens there. */
export const LISTEN_URL = "http://127.0.0.1:8080";

const DOCUMENT = `
subsets:
  v1: { url: http://127.0.0.1:9001 }
  v2: { url: http://127.0.0.1:9002 }
  v3: { url: http://127.0.0.1:9003 }
  v1-twin: { url: http://127.0.0.1:9004 }
routes:
  - name: default
    primary: [{ subset: v1, weight: 100 }]
    candidates: [{ subset: v2, percent: 100 }, { subset: v3, percent: 100 }]
    secondary: { subset: v1-twin, percent: 100 }
`;

/** Builds the dashboard from its sources, so that no test runs against an old build. */
export async function buildDashboard(): Promise<{ readonly webRoot: string; remove(): Promise<void> }> {
  const webRoot = await mkdtemp(join(tmpdir(), "shadowdiff-web-"));
  // Like `npm run build:web`. Vitest's NODE_ENV would select React's development build.
  const { NODE_ENV: _test, ...env } = process.env;
  await run(process.execPath, [VITE, "build", WEB, "--outDir", webRoot, "--emptyOutDir"], { env });
  return { webRoot, remove: () => rm(webRoot, { recursive: true }) };
}

export interface DashboardOptions {
  readonly webRoot: string;
  readonly token?: string | undefined;
  readonly port?: number | undefined;
  /** Replaces fields of a healthy status. */
  readonly status?: Partial<Status> | undefined;
  /** Default: of a process whose store is not shared. */
  readonly control?: MirrorControl | undefined;
  /** Default: a process whose store is not shared. */
  readonly replicas?: ReplicaList | undefined;
  /** What the sampling of the candidate v3 does; default: its shares do not follow verdicts. */
  readonly sampling?: SamplingView | undefined;
  /** Called with the open tails. */
  readonly onTails?: ((subscriptions: readonly TailSubscription[]) => void) | undefined;
  /** The path of a database that does not exist. */
  readonly storePath?: string | undefined;
}

export interface Dashboard {
  readonly admin: Admin;
  /** Commits like the store thread and notifies open pages. @param run id of the run; default: the current one */
  commit(batch: ResultBatch, run?: string): void;
  close(): Promise<void>;
}

/** Starts a real admin listener with a real database, without traffic. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const directory = await mkdtemp(join(tmpdir(), "shadowdiff-dashboard-"));
  const path = join(directory, "shadowdiff.db");
  const loaded = loadWithWarnings({
    file: { path: "shadowdiff.yaml", text: DOCUMENT },
    flags: { admin: `127.0.0.1:${options.port ?? 0}`, store: `sqlite:${path}` },
    env: options.token === undefined ? {} : { SHADOWDIFF_ADMIN_TOKEN: options.token },
  });
  const config: Config = loaded.config;
  const live = new LiveConfig(config, loaded.options, {
    source: undefined,
    now: () => RUN.startedAt,
    onLoad: () => Promise.resolve(),
    onError: () => undefined,
  });
  const writer = openSqliteWriter(path, { ...config.compare, retention: config.store.retention });
  await writer.beginRun(EARLIER_RUN);
  await writer.beginRun(RUN);
  const control =
    options.control ??
    new MirrorControl({
      config,
      apply: () => Promise.resolve(),
      breaker: () => ({ state: "half-open", failures: 12, opens: 2 }),
      sampling: (_route, candidate) => (candidate === "v3" ? options.sampling : undefined),
      onChange: () => admin.notify("status"),
      now: () => RUN.startedAt,
    });
  const replicas = options.replicas ?? createTestReplicas();
  const runs = new RunManager({
    run: RUN,
    create: (request) => newRun(config, Date.now(), request),
    async apply(next) {
      const begun = next();
      await writer.endRun(runs.current.id, begun.startedAt, begun);
      return Promise.resolve(null);
    },
    onSwitch: () => admin.notify("status"),
  });
  const adminOptions: Omit<AdminOptions, "reports"> = {
    config,
    runs,
    control,
    replicas,
    current: () => config,
    configuration: () => ({ ...configurationView(live), ...options.status?.config }),
    async edit(edit) {
      await writer.edit(edit);
      return Promise.resolve(null);
    },
    probes: NO_PROBES,
    watchTails: (subscriptions) => options.onTails?.(subscriptions),
    readStore: async () => openSqliteReader(options.storePath ?? path),
    metrics: async () => ({ contentType: "text/plain", body: "" }),
    status: () => ({
      ...healthyStatus(path),
      paused: control.paused,
      replicas: replicas.summary(),
      ...options.status,
    }),
    webRoot: options.webRoot,
    logger: createLogger({ level: "silent", thread: "main" }),
  };
  const admin: Admin = await startAdmin({ ...adminOptions, reports: localReports(adminOptions) });
  return {
    admin,
    async commit(batch, run = runs.current.id) {
      await writer.commit(run, [batch]);
      admin.notify("committed");
    },
    async close() {
      await admin.close();
      await writer.close();
      await rm(directory, { recursive: true });
    },
  };
}

function healthyStatus(path: string): Status {
  return {
    version: "0.1.0",
    runId: RUN.id,
    startedAt: RUN.startedAt,
    uptimeMs: 60_000,
    listenUrl: LISTEN_URL,
    adminUrl: "http://127.0.0.1:9900",
    primary: { name: "v1", url: "http://127.0.0.1:9001" },
    candidates: [{ name: "v2", url: "http://127.0.0.1:9002" }],
    secondary: { name: "v1-twin", url: "http://127.0.0.1:9004" },
    store: { path, error: null, lostExchanges: 0 },
    threads: [{ name: "proxy-0", restarts: 0 }],
    ready: true,
    paused: false,
    config: { source: "shadowdiff.yaml", loadedAt: RUN.startedAt, error: null, needsRestart: [] },
    draining: false,
  };
}
