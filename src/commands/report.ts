import { existsSync } from "node:fs";
import { storePath } from "../config/names.ts";
import { OPTIONS } from "../config/options.ts";
import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../lib/exit-codes.ts";
import type { Report, Verdict } from "../model/report.ts";
import type { Run } from "../model/run.ts";
import { wantsColour } from "../report/paint.ts";
import { buildReport } from "../report/parity-report.ts";
import { renderText } from "../report/render-text.ts";
import { escapeText } from "../report/terminal-text.ts";
import { openSqliteReader } from "../store/sqlite/reader.ts";
import type { StoreReader } from "../store/store.ts";
import type { Io } from "./io.ts";
import { fetchReport } from "./report-client.ts";
import { ReportError } from "./report-error.ts";

export interface ReportOptions {
  /** `sqlite:PATH` or the path alone; by default where `serve` stores. */
  readonly store?: string | undefined;
  /** Admin address of a running shadowdiff, which is asked instead of a store. */
  readonly url?: string | undefined;
  /** Of the admin listener; by default SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run; by default the newest. */
  readonly run?: string | undefined;
  /** Needed when the run has several. */
  readonly candidate?: string | undefined;
  readonly format: "text" | "json";
  /** The exit code tells the verdict. */
  readonly gate: boolean;
  /** By default when stdout is a terminal that wants them. */
  readonly colour?: boolean | undefined;
}

const GATE_EXIT: Readonly<Record<Verdict, number>> = {
  pass: EXIT_OK,
  fail: EXIT_REGRESSION,
  inconclusive: EXIT_INCONCLUSIVE,
};

/**
 * Prints the report of one run and candidate.
 * @returns 0 when it was printed, with `gate` 0, 1 or 3 by its verdict; 2 when there is no such report, which is then told
 *   in one line on `io.err`
 */
export async function runReport(options: ReportOptions, io: Io): Promise<number> {
  let report: Report;
  try {
    report = options.url === undefined ? readReport(options) : await fetchReport(options.url, options);
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
  const colour = options.colour ?? wantsColour(process.stdout, process.env);
  io.out(options.format === "json" ? `${JSON.stringify(report, null, 2)}\n` : renderText(report, { colour }));
  return options.gate ? GATE_EXIT[report.verdict] : EXIT_OK;
}

/** From a store's file. It may be in use by a running shadowdiff. */
function readReport(options: ReportOptions): Report {
  const parsed = storePath.parse(options.store ?? OPTIONS.store.defaultText);
  if ("problem" in parsed) throw new ReportError(`--store: ${parsed.problem} (allowed: ${storePath.allowed})`);
  const path = parsed.value;
  if (!existsSync(path)) {
    const remedy = "name its file with --store, or a running shadowdiff with --url";
    throw new ReportError(`there is no store ${path}: ${remedy}`);
  }
  const reader = opened(path);
  try {
    const run = chooseRun(
      readable(path, () => reader.runs()),
      options.run,
      path,
    );
    const candidate = chooseCandidate(run, options.candidate);
    return readable(path, () => buildReport(reader, run, candidate));
  } finally {
    reader.close();
  }
}

/** What stands in the way (no right to read, no database, another version's) is said by the store. */
function opened(path: string): StoreReader {
  try {
    return openSqliteReader(path);
  } catch (error) {
    throw new ReportError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A damaged or busy file is the caller's business; any other error is ours. */
function readable<Answer>(path: string, question: () => Answer): Answer {
  try {
    return question();
  } catch (error) {
    if (!(error instanceof Error) || !String((error as { code?: unknown }).code).startsWith("SQLITE_")) throw error;
    throw new ReportError(`the store ${path} cannot be read: ${error.message}`, { cause: error });
  }
}

/** The newest run, or the newest with this id or name. */
function chooseRun(runs: readonly Run[], wanted: string | undefined, path: string): Run {
  const run = wanted === undefined ? runs[0] : runs.find(({ id, name }) => id === wanted || name === wanted);
  if (run !== undefined) return run;
  if (runs.length === 0) throw new ReportError(`the store ${path} has no run yet`);
  const known = runs.map(({ id, name }) => (id === name ? id : `${id} (${name})`));
  throw new ReportError(`there is no run ${wanted ?? ""}; known, newest first: ${listed(known)}`);
}

function chooseCandidate({ id, candidates }: Run, wanted: string | undefined): string {
  const [only] = candidates;
  if (wanted === undefined && candidates.length === 1 && only !== undefined) return only;
  const known = listed(candidates);
  if (wanted === undefined)
    throw new ReportError(`run ${id} has several candidates, name one with --candidate: ${known}`);
  if (!candidates.includes(wanted)) throw new ReportError(`run ${id} has no candidate ${wanted}; it has: ${known}`);
  return wanted;
}

const MAX_LISTED = 20;

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
