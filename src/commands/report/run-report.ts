import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../exit-codes.ts";
import type { Report, Verdict } from "../../model/report.ts";
import { buildReport } from "../../report/build-report.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import { renderText } from "../../report/render/render-text.ts";
import { escapeText } from "../../report/render/terminal-text.ts";
import { chooseCandidate, chooseRun } from "../terminal/choose-run.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { requestAdmin } from "../terminal/admin-client.ts";
import { readStore } from "../terminal/store-file.ts";

export interface ReportOptions {
  /** `sqlite:PATH` or a path; default: the store of `serve`. */
  readonly store?: string | undefined;
  /** Admin address of a running shadowdiff to query instead of a store. */
  readonly url?: string | undefined;
  /** Admin token; default: SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run; default: the newest. */
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
 * @returns exit code 0, or the verdict's with `gate`; 2 if there is no such report, with one line on `io.err`
 */
export async function runReport(options: ReportOptions, io: CommandIo): Promise<number> {
  let report: Report;
  try {
    report = options.url === undefined ? readReport(options) : await fetchReport(options.url, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
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
function readReport(options: ReportOptions): Report {
  return readStore(options.store, (reader, path) => {
    const run = chooseRun(reader.runs(), options.run, path);
    const context = { now: Date.now(), cache: new HistoryCache(MAX_COMPARED_AGAIN) };
    return buildReport(reader, run, chooseCandidate(run, options.candidate), context);
  });
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
  if (!isReport(body))
    throw new CommandError(`${target.href} is not a report; --url must be the admin address of shadowdiff`);
  return body;
}

function isReport(body: unknown): body is Report {
  return typeof body === "object" && body !== null && "verdict" in body && "accounting" in body && "endpoints" in body;
}
