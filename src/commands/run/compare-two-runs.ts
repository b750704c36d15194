import type { RunComparison } from "../../model/views/run-comparison.ts";
import { renderComparison } from "../../report/render/text/render-comparison.ts";
import { HistoryCache } from "../../report/history-cache.ts";
import { compareRuns, runBefore } from "../../report/compare-runs.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { chooseCandidate, chooseRun } from "../terminal/choose-run.ts";
import { CommandError, printResult, type CommandIo } from "../terminal/command-io.ts";
import type { StoreReader } from "../../store/store.ts";
import { MAX_COMPARED_AGAIN } from "../report/load-report.ts";
import { readStore } from "../terminal/read-store.ts";

export interface CompareOptions {
  /** Id or name for a store, id for a running shadowdiff. Default: the run before `after`. */
  readonly before?: string | undefined;
  /** Default: the newest run. */
  readonly after?: string | undefined;
  readonly candidate?: string | undefined;
  readonly store?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly format: "text" | "json";
}

/** Prints which causes are new, fixed or unchanged between two runs. @returns exit code 0, or 2 with a line on `io.err` */
export function compareTwoRuns(options: CompareOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const comparison =
      options.url === undefined ? await readComparison(options, io) : await fetchComparison(options.url, options);
    return options.format === "json" ? `${JSON.stringify(comparison, null, 2)}\n` : renderComparison(comparison);
  });
}

function readComparison(options: CompareOptions, io: CommandIo): Promise<RunComparison> {
  const read = async (reader: StoreReader, path: string): Promise<RunComparison> => {
    const runs = await reader.runs();
    const after = chooseRun(runs, options.after, path);
    const candidate = chooseCandidate(after, options.candidate);
    const before =
      options.before === undefined ? await runBefore(reader, after, candidate) : chooseRun(runs, options.before, path);
    if (before === undefined) throw new CommandError(`no run before ${after.id} has the candidate ${candidate}`);
    chooseCandidate(before, candidate);
    const context = { now: Date.now(), cache: new HistoryCache(MAX_COMPARED_AGAIN) };
    return compareRuns(reader, [before, after], candidate, context);
  };
  return readStore(options.store, read, io);
}

async function fetchComparison(url: string, options: CompareOptions): Promise<RunComparison> {
  const { before, after, candidate, token } = options;
  const query = { before, after, candidate };
  const { body, target } = await requestAdmin(url, { path: "api/v1/runs/compare", query, token });
  if ("still" in body) return body as RunComparison;
  throw notShadowdiff(target);
}
