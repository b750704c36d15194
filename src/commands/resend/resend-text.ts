import type { Difference } from "../../model/difference.ts";
import type { ProbeLeg } from "../../model/isolate/probe.ts";
import type { Resend } from "../../model/isolate/resend.ts";
import { differenceWords, formatField } from "../../presentation/words/difference-words.ts";
import { formatCount, formatDuration, formatTime } from "../../presentation/words/number-format.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { textTable } from "../terminal/text-table.ts";

/** The sample has the others. */
const MAX_DIFFERENCES = 20;
const NONE = "–";

/** The comparison for a terminal: the outcome, the responses, and what differs now. */
export function resendText({ message, endpoint, candidate, sampleId, sample, legs, differences }: Resend): string {
  const about = `${endpoint}, candidate ${candidate}, sample ${sampleId} of ${formatTime(sample.at)}`;
  const lines = [escapeText(message), `  ${escapeText(about)}`];
  if (legs !== null) lines.push("", ...indented(legRows(legs)));
  const shown = differences.slice(0, MAX_DIFFERENCES);
  if (shown.length > 0) lines.push("", ...indented([["", "", "PRIMARY", "CANDIDATE"], ...shown.map(differenceRow)]));
  const more = differences.length - shown.length;
  if (more > 0) lines.push(`  and ${formatCount(more)} more`);
  return `${lines.join("\n")}\n`;
}

function legRows({ primary, candidate, secondary }: NonNullable<Resend["legs"]>): readonly (readonly string[])[] {
  const rows = [legRow("primary", primary), legRow("candidate", candidate)];
  return [
    ["", "SUBSET", "STATUS", "TIME", "ADDRESS", ""],
    ...(secondary === null ? rows : [...rows, legRow("secondary", secondary)]),
  ];
}

function legRow(role: string, { subset, status, ms, address, failure }: ProbeLeg): readonly string[] {
  return [role, subset, status === 0 ? NONE : String(status), formatDuration(ms), address ?? NONE, failure ?? ""];
}

function differenceRow(difference: Difference): readonly string[] {
  const { primary, candidate } = difference;
  return [formatField(difference), differenceWords(difference), primary ?? NONE, candidate ?? NONE];
}

function indented(rows: readonly (readonly string[])[]): readonly string[] {
  return textTable(rows.map((cells) => cells.map((cell) => [cell]))).map((line) => `  ${line}`);
}
