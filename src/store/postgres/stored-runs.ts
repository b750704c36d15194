import type { Run } from "../../model/run.ts";
import { decodeRun, encodeRun, type RunRow } from "../packing/run-rows.ts";
import { decodeText, encodeText } from "./text-encoding.ts";

/** The columns of the table `run` that make a `RunRow`. */
export const RUN_COLUMNS = `run.id, run.name, run.started_at AS "startedAt", run.ended_at AS "endedAt", run.labels,
  run.primary_subset AS "primary", run.candidates, run.secondary_subset AS secondary, run.gate, run.rules`;

/** The columns of a run, as PostgreSQL can store them. */
export function encodeStoredRun(run: Run): RunRow {
  return withTexts(encodeRun(run), encodeText);
}

export function decodeStoredRun(row: RunRow): Run {
  return decodeRun(withTexts(row, decodeText));
}

/** The other columns are JSON, which escapes what PostgreSQL cannot store. */
function withTexts({ id, name, primary, secondary, ...row }: RunRow, code: (text: string) => string): RunRow {
  return {
    ...row,
    id: code(id),
    name: code(name),
    primary: code(primary),
    secondary: secondary === null ? null : code(secondary),
  };
}
