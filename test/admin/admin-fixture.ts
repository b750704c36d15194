import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminOptions } from "../../src/admin/admin-options.ts";
import { MirrorControl } from "../../src/admin/mirror-control.ts";
import { ReplicaList } from "../../src/admin/replicas/replica-list.ts";
import { RunManager } from "../../src/admin/run-manager.ts";
import { startAdmin, type Admin } from "../../src/admin/admin-server.ts";
import type { AdminConfig, Config } from "../../src/model/config.ts";
import type { BreakerPolicy, MirrorPolicy, Route, Subset } from "../../src/model/routing.ts";
import type { ConfigurationView } from "../../src/model/views/configuration.ts";
import type { Run } from "../../src/model/run.ts";
import type { ReplicaReport } from "../../src/model/shared/replica.ts";
import type { Status } from "../../src/model/status.ts";
import { localReports } from "./local-reports.ts";
import { createLogger } from "../../src/telemetry/logger.ts";

export const INDEX_HTML = '<!doctype html><script type="module" src="/assets/index-abc123.js"></script>';

const subset = (name: string, port: number) => ({ name, url: `http://127.0.0.1:${port}` });

export const RUN: Run = {
  id: "2026-01-02-run",
  name: "second",
  startedAt: 1_767_312_000_000,
  endedAt: null,
  labels: {},
  primary: "v1",
  candidates: ["v2"],
  secondary: "v1-twin",
  gate: {
    parity: 0.999,
    latencyRatio: 1.1,
    minCompared: 1,
    errorRate: 0.01,
    minSuccess: 0.5,
    minEndpoints: 1,
    coverage: [],
    endpoints: [],
  },
  rules: [],
};

export const STATUS: Status = {
  version: "0.1.0",
  runId: RUN.id,
  startedAt: RUN.startedAt,
  uptimeMs: 1234,
  listenUrl: "http://127.0.0.1:8080",
  adminUrl: "http://127.0.0.1:9900",
  primary: subset("v1", 9001),
  candidates: [subset("v2", 9002)],
  secondary: subset("v1-twin", 9003),
  store: { path: "shadowdiff.db", error: null },
  threads: [{ name: "proxy-0", restarts: 0 }],
  ready: true,
  paused: false,
  config: { source: "", loadedAt: RUN.startedAt, error: null, needsRestart: [] },
  draining: false,
};

const CONFIGURATION: ConfigurationView = {
  ...STATUS.config,
  hash: "0123456789ab",
  options: [],
  subsets: [],
  routes: [],
  rules: 0,
};

const NO_OPERATIONS = { set: [], add: [], remove: [] };

function subsetNamed(name: string): Subset {
  return { name, urls: ["http://127.0.0.1:9"], tls: undefined };
}

/** A route to v1 that is mirrored to these candidates. */
export function routeTo(
  name: string,
  candidates: readonly { readonly subset: string; readonly percent: number; readonly breaker?: BreakerPolicy }[],
): Route {
  return {
    name,
    hosts: [],
    matches: [],
    action: {
      type: "forward",
      destinations: [
        { subset: subsetNamed("v1"), weight: 100, requestHeaders: NO_OPERATIONS, responseHeaders: NO_OPERATIONS },
      ],
      sticky: undefined,
      rewrite: undefined,
      requestHeaders: NO_OPERATIONS,
      responseHeaders: NO_OPERATIONS,
      timeoutMs: undefined,
      retries: undefined,
      fault: undefined,
      cors: undefined,
      candidates: candidates.map(({ subset: name, percent, breaker }): MirrorPolicy => ({
        subset: subsetNamed(name),
        percent,
        sticky: undefined,
        methods: new Set(["GET"]),
        timeoutMs: 1000,
        maxInFlight: 10,
        maxBufferedBytes: 16_777_216,
        host: { type: "keep" },
        requestHeaders: NO_OPERATIONS,
        breaker,
      })),
      secondary: undefined,
    },
  };
}

/** A control whose changes apply immediately. */
export function createTestControl(routes: readonly Route[]): MirrorControl {
  const config = { ...configWith({}), routes };
  return new MirrorControl({
    config,
    apply: () => Promise.resolve(),
    breaker: () => ({ state: "closed", failures: 0, opens: 0 }),
    onChange: () => {},
    now: () => RUN.startedAt,
  });
}

export const HEALTHY: ReplicaReport["health"] = {
  ready: true,
  draining: false,
  storeError: null,
  lostExchanges: 0,
  droppedCopies: 0,
  down: [],
  threadRestarts: 0,
};

/** A process whose store is not shared. */
export function createTestReplicas(): ReplicaList {
  const { version, startedAt, listenUrl, adminUrl } = STATUS;
  return new ReplicaList({
    self: { id: "0123456789abcdef", name: "host-1" },
    isShared: false,
    report: () => ({
      version,
      startedAt,
      listenUrl,
      adminUrl,
      config: { hash: CONFIGURATION.hash, sections: { routes: "0123456789ab" } },
      health: HEALTHY,
      applied: 0,
    }),
    runId: () => RUN.id,
  });
}

/** A manager whose run cannot be ended. */
export function createTestRuns(run: Run): RunManager {
  return new RunManager({
    run,
    create: () => run,
    apply: () => Promise.resolve({ message: "no database in this test", isConflict: false }),
    onSwitch: () => {},
  });
}

const EXPLAIN = { enabled: true, claims: [], ignoreHeaders: [] };

export function configWith(admin: Partial<AdminConfig>, path = "unused.db"): Config {
  return {
    runName: undefined,
    labels: {},
    replicaName: undefined,
    listen: { host: "127.0.0.1", port: 0 },
    listenTls: undefined,
    tap: undefined,
    requests: { maxHeadBytes: 16_384, nonAsciiTargets: "reject", defaultHost: undefined },
    forwarded: { mode: "off", headers: [], trusted: [] },
    admin: {
      listen: { host: "127.0.0.1", port: 0 },
      token: undefined,
      rolloutToken: undefined,
      allowedHosts: [],
      ...admin,
    },
    store: {
      location: { engine: "sqlite", path },
      isRequired: false,
      retention: { maxAgeMs: 86_400_000, maxBytes: 1_000_000_000 },
    },
    subsets: new Map(),
    routes: [],
    upstream: { connectTimeoutMs: 1000, headTimeoutMs: 1000, idleTimeoutMs: 1000 },
    capture: { maxBodyBytes: 1_048_576, maxBufferedBytes: 16_777_216 },
    compare: {
      endpoints: [],
      maxEndpoints: 100,
      maxSegmentValues: 100,
      maxDifferenceSets: 100,
      samplesPerDifference: 5,
      maxDecodedBytes: 8_388_608,
      rules: [],
      descriptorSet: undefined,
      timeoutMs: 1000,
      explain: EXPLAIN,
    },
    explain: EXPLAIN,
    webhooks: [],
    tracing: { otlp: undefined, sampleRate: 1, traceUrl: undefined, candidateTraceUrl: undefined },
    isolate: {
      enabled: false,
      maxProbes: 60,
      perSecond: 5,
      methods: new Set(["GET", "HEAD", "OPTIONS"]),
      repeats: 8,
      marker: "shadowdiff-probe",
    },
    metrics: { endpoints: 20, istio: false },
    threads: { proxy: 1, compare: 1 },
    gate: RUN.gate,
  };
}

/** A folder like the one that the build of the dashboard creates. */
export function builtDashboard(): string {
  const root = mkdtempSync(join(tmpdir(), "shadowdiff-web-"));
  mkdirSync(join(root, "assets"));
  writeFileSync(join(root, "index.html"), INDEX_HTML);
  writeFileSync(join(root, "favicon.svg"), "<svg/>");
  writeFileSync(join(root, "assets/index-abc123.js"), "start();");
  writeFileSync(join(root, "assets/.hidden"), "hidden");
  writeFileSync(join(root, "outside.js"), "outside assets");
  return root;
}

/** Sends nothing. */
export const NO_PROBES: AdminOptions["probes"] = {
  runner: { probe: () => Promise.reject(new Error("no upstreams in this test")) },
  live: { next: () => Promise.reject(new Error("no requests in this test")) },
  fieldsInReports: (_endpoint, fields) => Promise.resolve(fields),
};

/** An admin listener on a free loopback port, by default without a database. */
export function startTestAdmin(options: Partial<AdminOptions> = {}, admin: Partial<AdminConfig> = {}): Promise<Admin> {
  const all: Omit<AdminOptions, "reports"> & Partial<AdminOptions> = {
    config: configWith(admin),
    runs: createTestRuns(RUN),
    control: createTestControl([]),
    replicas: createTestReplicas(),
    current: () => configWith(admin),
    edit: () => Promise.resolve("no database in this test"),
    watchTails: () => undefined,
    probes: NO_PROBES,
    configuration: () => CONFIGURATION,
    readStore: () => Promise.reject(new Error("no database in this test")),
    metrics: () => Promise.resolve({ contentType: "text/plain; version=0.0.4; charset=utf-8", body: "up 1\n" }),
    status: () => STATUS,
    webRoot: "/nonexistent",
    logger: createLogger({ level: "silent", thread: "main" }),
    ...options,
  };
  return startAdmin({ reports: localReports(all), ...all });
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: () => unknown;
}

/** Sends one request. Unlike fetch, it can send any Host and does not normalize the path. */
export function call(
  admin: Pick<Admin, "port">,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string | string[]>>;
    readonly body?: string;
    readonly host?: string;
  } = {},
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, host = "127.0.0.1" } = options;
    const outgoing = request({ host, port: admin.port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: () => JSON.parse(text) as unknown,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(options.body);
  });
}

/** The code of an error response. */
export function errorCode(response: ApiResponse): string {
  return (response.json() as { error: { code: string } }).error.code;
}
