import type { Report } from "../../model/report.ts";
import { CURRENT_RUN, type Run } from "../../model/run.ts";
import type { StoreLocation } from "../../model/store/store-location.ts";
import { baselineChoices, BaselineError, reportAgainstBaseline } from "../../report/baseline/report-against.ts";
import { buildReport } from "../../report/build-report.ts";
import { createReportExplanations, explainReport } from "../../report/explanations/explain-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import type { DetailSource } from "../../report/details/detail-source.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import type { StoreReader } from "../../store/store.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { chooseCandidate, chooseRun, lastEnded } from "../terminal/choose-run.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { readStore } from "../terminal/read-store.ts";
import { adminDetails } from "./admin-details.ts";
import { storeDetails } from "./store-details.ts";

/** Which report, and where it comes from. */
export interface ReportSelection {
  /** `sqlite:PATH`, a path, or the URL of a database; default: the store of `serve`. */
  readonly store?: string | StoreLocation | undefined;
  /** Admin address of a running shadowdiff to query instead of a store. */
  readonly url?: string | undefined;
  /** Admin token; default: SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run, or `current`; default: the newest, or the one that ended last while the newest is empty. */
  readonly run?: string | undefined;
  /** Required if the run has several. */
  readonly candidate?: string | undefined;
  /** Id or name of a run: what it had already does not count. */
  readonly baseline?: string | undefined;
}

/** A report with what formats show in addition to it. */
export interface LoadedReport {
  readonly report: Report;
  /** Usable until the callback of `loadReport` has settled. */
  readonly details: DetailSource;
}

/** Samples that are compared again under later rules, which takes a few seconds at most. */
export const MAX_COMPARED_AGAIN = 5_000;
/** Causes that are explained, which takes a few seconds at most: 2 ms each. */
const MAX_EXPLAINED = 1_000;

/**
 * Loads a report from a store, which a running shadowdiff can have open, or from a running shadowdiff.
 * @param use is called while the store is open
 * @throws {CommandError} if there is no such report
 */
export async function loadReport<Result>(
  selection: ReportSelection,
  io: CommandIo,
  use: (loaded: LoadedReport) => Promise<Result>,
): Promise<Result> {
  const { url } = selection;
  if (url !== undefined) {
    const report = await fetchLatestReport(url, selection, io);
    return use({ report, details: adminDetails(url, selection.token, report) });
  }
  return readStore(selection.store, async (reader, path) => use(await readReport(reader, path, selection, io)), io);
}

async function readReport(
  reader: StoreReader,
  path: string,
  selection: ReportSelection,
  io: CommandIo,
): Promise<LoadedReport> {
  const runs = await reader.runs();
  const reportOn = async (run: Run): Promise<LoadedReport> => {
    const candidate = chooseCandidate(run, selection.candidate);
    const judged = await reportOnCandidate(reader, { run, candidate, runs, path }, selection.baseline);
    const report = await explainReport({ reader, run, candidate }, judged, createReportExplanations(), MAX_EXPLAINED);
    return { report, details: storeDetails(reader, run, report) };
  };
  const loaded = await reportOn(chooseRun(runs, selection.run, path));
  const { report } = loaded;
  const ended = selection.run === undefined && isEmpty(report) ? lastEnded(runs, report.run.id) : undefined;
  if (ended === undefined) return loaded;
  tellChoice(report, ended, io);
  return reportOn(ended);
}

interface CandidateChoice {
  readonly run: Run;
  readonly candidate: string;
  /** All runs of the store, newest first. */
  readonly runs: readonly Run[];
  /** Path of the store, for errors. */
  readonly path: string;
}

async function reportOnCandidate(
  reader: StoreReader,
  { run, candidate, runs, path }: CandidateChoice,
  wanted: string | undefined,
): Promise<Report> {
  const context = { now: Date.now(), cache: new HistoryCache(MAX_COMPARED_AGAIN) };
  if (wanted === undefined) return buildReport(reader, run, candidate, context);
  const baseline = chooseRun(baselineChoices(runs, run, wanted), wanted, path);
  try {
    return await reportAgainstBaseline(reader, { run, baseline, candidate }, context);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new CommandError(`--baseline: ${error.message}`, { cause: error });
  }
}

/** Like `fetchReport`, but reports on the run that ended last while the current one is empty. */
async function fetchLatestReport(url: string, selection: ReportSelection, io: CommandIo): Promise<Report> {
  const { run, ...others } = selection;
  const report = await fetchReport(url, { ...others, run: run === CURRENT_RUN ? undefined : run });
  if (run !== undefined || !isEmpty(report)) return report;
  const { body } = await requestAdmin(url, { path: "api/v1/runs", token: selection.token });
  const ended = lastEnded((body as { readonly runs: readonly Run[] }).runs, report.run.id);
  if (ended === undefined) return report;
  tellChoice(report, ended, io);
  return fetchReport(url, { ...others, run: ended.id });
}

function isEmpty({ accounting }: Report): boolean {
  return accounting.received === 0;
}

function tellChoice({ run }: Report, ended: Run, io: CommandIo): void {
  const name = ended.name === ended.id ? ended.id : `${ended.name} (${ended.id})`;
  io.err(
    escapeText(
      `the newest run, ${run.id}, has no requests: this is the report of ${name}, which ended last; ` +
        `--run ${CURRENT_RUN} reports on the newest`,
    ) + "\n",
  );
}

/**
 * Gets the report of a running shadowdiff.
 * @param url admin address
 * @throws {CommandError} if the request fails
 */
async function fetchReport(
  url: string,
  { token, run, candidate, baseline }: Pick<ReportSelection, "token" | "run" | "candidate" | "baseline">,
): Promise<Report> {
  const { body, target } = await requestAdmin(url, {
    path: "api/v1/report",
    query: { run, candidate, baseline },
    token,
  });
  if (!isReport(body)) throw notShadowdiff(target);
  return body;
}

function isReport(body: object): body is Report {
  return "verdict" in body && "accounting" in body && "endpoints" in body;
}
