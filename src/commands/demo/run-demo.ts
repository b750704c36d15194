import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { adminBindProblem } from "../../admin/host-check.ts";
import { ConfigError } from "../../config/config-error.ts";
import { loadConfig } from "../../config/load-config.ts";
import { runLoad } from "./demo-load.ts";
import { PLANTED, PLANTED_NAMES, type PlantedName } from "./planted-regressions.ts";
import { demoRequests } from "./demo-traffic.ts";
import { startVersion, type VersionProcess } from "./version-process.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import type { Config } from "../../model/config.ts";
import type { Accounting } from "../../model/report.ts";
import { sumReasons } from "../../presentation/accounting-sums.ts";
import { formatCount, formatPlural } from "../../presentation/number-format.ts";
import { startServe, type Running } from "../../serve/start-serve.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { awaitInterruption, type Interruption } from "../terminal/interruption.ts";
import type { CommandIo } from "../terminal/command-io.ts";
import { listenProblem } from "../terminal/config-problems.ts";
import { fetchReport, runReport } from "../report/run-report.ts";

export interface DemoOptions {
  readonly requests: number;
  /** Regressions that the new version does not have. */
  readonly without?: readonly PlantedName[] | undefined;
  /** End after the report, with the exit code of the verdict. */
  readonly exit: boolean;
  readonly format: "text" | "json";
  readonly listen: string;
  readonly admin: string;
  /** By default a file that is deleted at the end. */
  readonly store?: string | undefined;
}

const CONNECTIONS = 8;
/** The default number of requests then takes about fifteen seconds: long enough to watch the dashboard move. */
const PER_SECOND = 330;
/** What the default number of requests can prove for each endpoint; a real gate is closer to 1, and takes longer. */
const PARITY = "0.99";
/** Answers that take microseconds measure the machine more than the versions; a real gate is closer to 1. */
const LATENCY_RATIO = "3";
/** Every endpoint gets more than this even in a short demo. */
const MIN_COMPARED = "100";
const SETTLE_MS = 30_000;
const POLL_MS = 200;
const PROGRESS_STEPS = 4;

/**
 * The whole story in one command: an old and a new version of a sample service, shadowdiff between them, a bounded load
 * and the report.
 * @returns the exit code: of the verdict with `exit`, otherwise of the interruption that ends it
 */
export async function runDemo(options: DemoOptions, io: CommandIo): Promise<number> {
  const interruption = awaitInterruption();
  const directory = mkdtempSync(join(tmpdir(), "shadowdiff-demo-"));
  const cleanUp: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  try {
    const versions = await startVersions(options, cleanUp);
    const config = demoConfig(options, versions, join(directory, "demo.db"));
    const running = await startServe(config, { logger: createLogger({ level: "warn", thread: "main" }) });
    cleanUp.push(() => running.drain());
    return await tell(options, config, running, interruption, io);
  } catch (error) {
    const problem = error instanceof ConfigError ? error.message : listenProblem(error);
    if (problem === undefined) throw error;
    io.err(`${problem}\n`);
    return EXIT_USAGE;
  } finally {
    for (const step of cleanUp.toReversed()) await step();
  }
}

async function startVersions(
  options: DemoOptions,
  cleanUp: (() => Promise<void>)[],
): Promise<readonly VersionProcess[]> {
  const starts = [startVersion("old"), startVersion("new", options.without), startVersion("old")];
  const started = await Promise.allSettled(starts);
  for (const result of started) if (result.status === "fulfilled") cleanUp.push(() => result.value.stop());
  return Promise.all(starts);
}

/** @throws ConfigError when an address or the store is not right */
function demoConfig({ listen, admin, store }: DemoOptions, versions: readonly VersionProcess[], path: string): Config {
  const [old, candidate, twin] = versions.map(({ url }) => url);
  return loadConfig({
    adminProblem: adminBindProblem,
    flags: {
      runName: "demo",
      listen,
      admin,
      store: store ?? path,
      primary: `old=${old}`,
      candidate: [`new=${candidate}`],
      secondary: `old-twin=${twin}`,
      gateParity: PARITY,
      gateLatencyRatio: LATENCY_RATIO,
      gateMinCompared: MIN_COMPARED,
    },
    env: { SHADOWDIFF_ADMIN_TOKEN: process.env["SHADOWDIFF_ADMIN_TOKEN"] },
  });
}

async function tell(
  options: DemoOptions,
  config: Config,
  running: Running,
  interruption: Interruption,
  io: CommandIo,
): Promise<number> {
  // With JSON, only the report itself goes to stdout.
  const say = options.format === "json" ? io.err : io.out;
  say(introduction(options, config, running));
  const stop = new AbortController();
  void interruption.code.then(() => stop.abort());
  const step = Math.ceil(options.requests / PROGRESS_STEPS);
  const { answered, failed } = await runLoad({
    url: running.proxyUrl,
    requests: demoRequests(options.requests),
    connections: CONNECTIONS,
    perSecond: PER_SECOND,
    signal: stop.signal,
    ended: (count) =>
      count % step === 0 && say(`  ${formatCount(count)} of ${formatPlural(options.requests, "request")} answered\n`),
  });
  if (stop.signal.aborted) return interruption.code;
  if (failed > 0) say(`  ${formatPlural(failed, "request")} got no complete answer\n`);

  await settle(running.adminUrl, config.admin.token, answered + failed);
  say("\n");
  const { adminUrl: url } = running;
  const code = await runReport({ url, token: config.admin.token, format: options.format, gate: true }, io);
  if (options.exit) return code;
  say(`\nBrowse the differences at ${url} – Ctrl-C ends the demo.\n`);
  return interruption.code;
}

function introduction(
  { requests, without = [] }: DemoOptions,
  config: Config,
  { adminUrl, proxyUrl }: Running,
): string {
  const { subsets, gate } = config;
  const urlOf = (name: string): string | undefined => subsets.get(name)?.urls[0];
  const planted = PLANTED_NAMES.filter((name) => !without.includes(name));
  return [
    `An old and a new version of a calculator, ${formatPlural(requests, "request")}, and shadowdiff between them.`,
    "",
    `  dashboard  ${adminUrl}`,
    `  proxy      ${proxyUrl}`,
    `  versions   old ${urlOf("old")}, new ${urlOf("new")}, second old ${urlOf("old-twin")}`,
    `  gate       parity ${gate.parity}, latency ratio ${gate.latencyRatio}, at least ${formatCount(gate.minCompared)} compared`,
    `  planted    ${planted.length === 0 ? "nothing" : planted.map((name) => `${name} (${PLANTED[name]})`).join("\n             ")}`,
    "",
    "",
  ].join("\n");
}

/** Waits until everything that was sent is counted in the report. */
async function settle(url: string, token: string | undefined, sent: number): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  while (performance.now() < end) {
    const { accounting } = await fetchReport(url, { token });
    if (accounting.received >= sent && isAtRest(accounting)) return;
    await delay(POLL_MS);
  }
}

/** Every request has come to its end: what was received and what was mirrored are both fully explained. */
function isAtRest({ received, notMirrored, sampledOut, mirrored, dropped, compared, skipped }: Accounting): boolean {
  return (
    received === sumReasons(notMirrored) + sampledOut + mirrored + sumReasons(dropped) &&
    mirrored === compared + sumReasons(skipped)
  );
}
