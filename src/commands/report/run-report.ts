import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../exit-codes.ts";
import type { Report, Verdict } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import { buildReport } from "../../report/build-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import { renderText } from "../../report/render/render-text.ts";
import { escapeText } from "../../report/render/terminal-text.ts";
import { chooseCandidate, chooseRun, CURRENT_RUN, lastEnded } from "../terminal/choose-run.ts";
import { CommandError, type CommandIo, NotStoredError } from "../terminal/command-io.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { readStore } from "../terminal/read-store.ts";
import type { StoreReader } from "../../store/store.ts";

export interface ReportOptions {
  /** `sqlite:PATH`, a path, or the URL of a database; default: the store of `serve`. */
  readonly store?: string | undefined;
  /** Admin address of a running shadowdiff to query instead of a store. */
  readonly url?: string | undefined;
  /** Admin token; default: SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run, or `current`; default: the newest, or the one that ended last while the newest is empty. */
  readonly run?: string | undefined;
  /** Required if the run has several. */
  readonly candidate?: string | undefined;
  readonly format: "text" | "json";
  /** Also print the numbers that Diffy shows. JSON always contains them. */
  readonly diffy?: boolean | undefined;
  /** Exit with the verdict. */
  readonly gate?: boolean | undefined;
  /** Default: whether stdout is a terminal with colors. */
  readonly color?: boolean | undefined;
}

/** Samples that are compared again under later rules, which takes a few seconds at most. */
export const MAX_COMPARED_AGAIN = 5_000;

const GATE_EXIT: Readonly<Record<Verdict, number>> = {
  pass: EXIT_OK,
  fail: EXIT_REGRESSION,
  inconclusive: EXIT_INCONCLUSIVE,
};

/**
 * Prints the report of a run and candidate.
 * @returns exit code 0, or the verdict's with `gate`; 2 if there is no such report, with the reason on `io.err`
 */
export async function runReport(options: ReportOptions, io: CommandIo): Promise<number> {
  let report: Report;
  try {
    report = await (options.url === undefined ? readReport(options, io) : fetchLatestReport(options.url, options, io));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error instanceof NotStoredError) {
      io.err(`verdict: inconclusive\n  not stored: ${escapeText(error.message)}\n`);
      return options.gate === true ? EXIT_INCONCLUSIVE : EXIT_USAGE;
    }
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
  // hasColors respects NO_COLOR and TERM=dumb.
  const color = options.color ?? (process.stdout.isTTY && process.stdout.hasColors());
  io.out(
    options.format === "json"
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderText(report, { color, diffy: options.diffy === true }),
  );
  return options.gate === true ? GATE_EXIT[report.verdict] : EXIT_OK;
}

/** Reads the report from a store, which a running shadowdiff can have open. */
function readReport(options: ReportOptions, io: CommandIo): Promise<Report> {
  const read = async (reader: StoreReader, path: string): Promise<Report> => {
    const context = { now: Date.now(), cache: new HistoryCache(MAX_COMPARED_AGAIN) };
    const reportOn = (run: Run): Promise<Report> =>
      buildReport(reader, run, chooseCandidate(run, options.candidate), context);
    const runs = await reader.runs();
    const report = await reportOn(chooseRun(runs, options.run, path));
    const ended = options.run === undefined && isEmpty(report) ? lastEnded(runs, report.run.id) : undefined;
    if (ended === undefined) return report;
    tellChoice(report, ended, io);
    return reportOn(ended);
  };
  return readStore(options.store, read, io);
}

/** Like `fetchReport`, but reports on the run that ended last while the current one is empty. */
async function fetchLatestReport(url: string, options: ReportOptions, io: CommandIo): Promise<Report> {
  const { run, ...others } = options;
  const report = await fetchReport(url, { ...others, run: run === CURRENT_RUN ? undefined : run });
  if (run !== undefined || !isEmpty(report)) return report;
  const { body } = await requestAdmin(url, { path: "api/v1/runs", token: options.token });
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
export async function fetchReport(
  url: string,
  { token, run, candidate }: Pick<ReportOptions, "token" | "run" | "candidate">,
): Promise<Report> {
  const { body, target } = await requestAdmin(url, { path: "api/v1/report", query: { run, candidate }, token });
  if (!isReport(body)) throw notShadowdiff(target);
  return body;
}

function isReport(body: object): body is Report {
  return "verdict" in body && "accounting" in body && "endpoints" in body;
}
