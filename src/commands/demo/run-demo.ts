import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { adminBindProblem } from "../../admin/host-check.ts";
import { ConfigError } from "../../config/config-error.ts";
import { MAX_IN_FLIGHT } from "../../config/defaults.ts";
import { loadWithWarnings, type LoadedConfig } from "../../config/load-config.ts";
import { runLoad } from "./demo-load.ts";
import { demoRequests } from "./demo-traffic.ts";
import { PLANTED, PLANTED_NAMES, type PlantedName } from "./planted-regressions.ts";
import { startVersion, type VersionProcess } from "./version-process.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import type { Config } from "../../model/config.ts";
import type { Accounting } from "../../model/accounting.ts";
import type { Run } from "../../model/run.ts";
import { sumReasons } from "../../presentation/verdict/accounting-sums.ts";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import { accountingOf } from "../../report/judge/accounting-totals.ts";
import type { Running } from "../../serve/serve-options.ts";
import { startServe } from "../../serve/start-serve.ts";
import type { StoreReader } from "../../store/store.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { awaitInterruption, type Interruption } from "../terminal/interruption.ts";
import type { CommandIo } from "../terminal/command-io.ts";
import { listenProblem } from "../terminal/config-problems.ts";
import { readStore } from "../terminal/read-store.ts";
import { runReport } from "../report/run-report.ts";

export interface DemoOptions {
  readonly requests: number;
  /** Planted regressions that the new version does not have. */
  readonly without?: readonly PlantedName[] | undefined;
  /** Exit after the report with the verdict. */
  readonly exit?: boolean | undefined;
  readonly format: "text" | "json";
  readonly listen: string;
  readonly admin: string;
  /** Default: a temporary file. */
  readonly store?: string | undefined;
}

/** Enough that the rate stays steady during a pause: clients that wait for the primary would spare it the requests that queue at the others. */
const CONNECTIONS = 64;
/** The default number of requests takes about 23 seconds, long enough to watch the dashboard. */
const PER_SECOND = 400;
/** In the middle of the default number of requests. */
const LATE_AFTER_S = 10;
/** From the mark of the change until it shows. */
const ROLLOUT_MS = 1_000;
/** What the default number of requests can prove per endpoint. A real gate is closer to 1 and needs more requests. */
const PARITY = "0.99";
/** Responses that take microseconds measure the machine more than the versions. A real gate is closer to 1. */
const LATENCY_RATIO = "3";
/** In so few seconds, one pause of a busy machine makes 2% of the responses slow. A real gate keeps the defaults. */
const TAIL_RATIO = "100";
/** Even a short demo compares more per endpoint. */
const MIN_COMPARED = "100";
/** A busy machine may compare long after the last request, but not without any progress. */
const STALLED_MS = 30_000;
const POLL_MS = 200;
const PROGRESS_STEPS = 4;

/**
 * Starts an old and a new version of a sample service, proxies and mirrors a bounded load, and prints the report.
 * @returns the exit code of the verdict with `exit`, otherwise that of the interruption
 */
export async function runDemo(options: DemoOptions, io: CommandIo): Promise<number> {
  const interruption = awaitInterruption();
  const directory = mkdtempSync(join(tmpdir(), "shadowdiff-demo-"));
  const cleanUp: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  try {
    const versions = await startVersions(options, cleanUp);
    const { config, options: effective } = demoConfig(options, versions, join(directory, "demo.db"));
    const running = await startServe(config, { effective, logger: createLogger({ level: "warn", thread: "main" }) });
    cleanUp.push(() => running.drain());
    return await presentDemo(options, { config, running, versions }, interruption, io);
  } catch (error) {
    const problem = error instanceof ConfigError ? error.message : listenProblem(error);
    if (problem === undefined) throw error;
    io.err(`${problem}\n`);
    return EXIT_USAGE;
  } finally {
    for (const step of cleanUp.toReversed()) await step();
  }
}

interface Versions {
  readonly old: VersionProcess;
  readonly new: VersionProcess;
}

async function startVersions({ without }: DemoOptions, cleanUp: (() => Promise<void>)[]): Promise<Versions> {
  const starts = [startVersion("old"), startVersion("new", without)] as const;
  const started = await Promise.allSettled(starts);
  for (const result of started) if (result.status === "fulfilled") cleanUp.push(() => result.value.stop());
  const [old, next] = await Promise.all(starts);
  return { old, new: next };
}

/** @throws ConfigError if an address or the store is invalid */
function demoConfig({ listen, admin, store }: DemoOptions, versions: Versions, path: string): LoadedConfig {
  const [old, twin] = versions.old.urls;
  const document = {
    subsets: { old: { url: old }, "old-twin": { url: twin }, new: { urls: versions.new.urls } },
    routes: [
      {
        name: "default",
        primary: [{ subset: "old" }],
        candidates: [{ subset: "new" }],
        secondary: { subset: "old-twin" },
      },
    ],
  };
  return loadWithWarnings({
    adminProblem: adminBindProblem,
    file: { path: "the demo's configuration", text: JSON.stringify(document) },
    flags: {
      runName: "demo",
      listen,
      admin,
      store: store ?? path,
      gateParity: PARITY,
      gateLatencyRatio: LATENCY_RATIO,
      gateP95Ratio: TAIL_RATIO,
      gateP99Ratio: TAIL_RATIO,
      gateMinCompared: MIN_COMPARED,
      // The versions may fall behind on a busy machine. Every request is compared all the same, so that the report is exact.
      maxInFlight: String(MAX_IN_FLIGHT),
      secondaryMaxInFlight: String(MAX_IN_FLIGHT),
    },
    env: { SHADOWDIFF_ADMIN_TOKEN: process.env["SHADOWDIFF_ADMIN_TOKEN"] },
  });
}

interface StartedDemo {
  readonly config: Config;
  readonly running: Running;
  readonly versions: Versions;
}

async function presentDemo(
  options: DemoOptions,
  started: StartedDemo,
  interruption: Interruption,
  io: CommandIo,
): Promise<number> {
  const { config, running } = started;
  // With JSON, stdout contains only the report.
  const print = options.format === "json" ? io.err : io.out;
  print(introduction(options, config, running));
  const stop = new AbortController();
  void interruption.code.then(() => stop.abort());
  const step = Math.ceil(options.requests / PROGRESS_STEPS);
  const ending = new AbortController();
  const load = runLoad({
    url: running.proxyUrl,
    requests: demoRequests(options.requests),
    connections: CONNECTIONS,
    perSecond: PER_SECOND,
    signal: stop.signal,
    onProgress: (count) =>
      count % step === 0 && print(`  ${formatCount(count)} of ${formatPlural(options.requests, "request")} sent\n`),
  }).finally(() => ending.abort());
  const marking = options.without?.includes("late-change") === true ? null : changeLate(started, ending.signal);
  const [{ succeeded, failed }] = await Promise.all([load, marking]);
  if (stop.signal.aborted) return interruption.code;
  if (failed > 0) print(`  ${formatPlural(failed, "request")} failed\n`);

  // From the store: through the API, the process would also load the dashboard, 38 MB.
  const store = config.store.location;
  await readStore(store, (reader) => settle(reader, started, succeeded + failed), io);
  print("\n");
  const { adminUrl: url } = running;
  // The API knows that the latest responses are not stored.
  const source = running.storeError() === null ? { store } : { url, token: config.admin.token };
  const code = await runReport({ ...source, format: options.format, gate: true }, io);
  if (options.exit === true) return code;
  print(
    `\nBrowse the differences at ${url}. To ask why: shadowdiff explain CAUSE --url ${url}\nPress Ctrl-C to end the demo.\n`,
  );
  return interruption.code;
}

/** Lets `late-change` begin to show, and reports what happened to the new version, as a deployment would. */
async function changeLate({ running, versions }: StartedDemo, signal: AbortSignal): Promise<void> {
  const isDue = await delay(LATE_AFTER_S * 1000, true, { signal }).catch(() => false);
  if (!isDue) return;
  const at = Date.now();
  // Requests that wait at a busy new version came earlier than the change that they show.
  await delay(ROLLOUT_MS);
  await versions.new.becomeLate();
  running.mark({ at, kind: "deployment", text: "new reads averages from another table", subset: "new" });
}

function introduction(
  { requests, without = [] }: DemoOptions,
  config: Config,
  { adminUrl, proxyUrl }: Running,
): string {
  const { subsets, gate } = config;
  const urlsOf = (name: string): string => subsets.get(name)?.urls.join(" and ") ?? "";
  const planted = PLANTED_NAMES.filter((name) => !without.includes(name));
  return [
    `The demo sends ${formatPlural(requests, "request")} through shadowdiff to the old version of a calculator service (the primary).`,
    "shadowdiff mirrors them to the new version (the candidate) and compares the responses. A second instance of the",
    "old version (the secondary) shows which differences are noise. The report should find the planted regressions.",
    "",
    `  dashboard  ${adminUrl}`,
    `  proxy      ${proxyUrl}`,
    `  versions   old ${urlsOf("old")}, new ${urlsOf("new")}, second instance of old ${urlsOf("old-twin")}`,
    `  gate       parity ${gate.parity}, latency ratio ${gate.latencyRatio}, at least ${formatCount(gate.minCompared)} compared`,
    `  planted    ${planted.length === 0 ? "no regressions" : planted.map((name) => `${name} (${PLANTED[name]})`).join("\n             ")}`,
    "",
    "",
  ].join("\n");
}

/** Waits until the report counts all requests that were sent, as long as there is progress. */
async function settle(reader: StoreReader, { running }: StartedDemo, sent: number): Promise<void> {
  let compared = 0;
  let end = performance.now() + STALLED_MS;
  while (performance.now() < end) {
    const accounting = await readAccounting(reader, running.run);
    if (accounting.received >= sent && isAtRest(accounting)) return;
    if (accounting.compared > compared) end = performance.now() + STALLED_MS;
    ({ compared } = accounting);
    await delay(POLL_MS);
  }
}

async function readAccounting(reader: StoreReader, { id, candidates: [candidate = ""] }: Run): Promise<Accounting> {
  const counts = await reader.accounting(id, candidate);
  return accountingOf(counts, await reader.outcomes(id, candidate), false);
}

/** Whether no request is in flight: the counts of received and of mirrored requests add up. */
function isAtRest({ received, notMirrored, sampledOut, mirrored, dropped, compared, skipped }: Accounting): boolean {
  return (
    received === sumReasons(notMirrored) + sampledOut + mirrored + sumReasons(dropped) &&
    mirrored === compared + sumReasons(skipped)
  );
}
