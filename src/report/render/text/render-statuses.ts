import type { Report } from "../../../model/report.ts";
import { formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import { formatStatusChange } from "../../../presentation/statuses/status-change.ts";
import type { StatusRow } from "../../../model/views/overview.ts";
import { statusRows } from "../../../presentation/statuses/status-rows.ts";
import type { Page } from "./page.ts";
import { escapeText, fit } from "./terminal-text.ts";

const MAX_ROWS = 20;
const MAX_NAMED_ENDPOINTS = 3;

const COLOR = { break: "red", change: "yellow", fix: "green", noise: "dim" } as const satisfies Record<
  StatusRow["kind"],
  string
>;

/** The pairs of status codes that differ, each with how often and where. */
export function statusSection(report: Report, page: Page): readonly string[] {
  const groups = [...Map.groupBy(statusRows(report).filter(isNew), groupOf).values()];
  if (groups.length === 0) return [];
  const rest = groups.length - MAX_ROWS;
  return [
    page.paint("bold", "statuses"),
    ...groups.slice(0, MAX_ROWS).flatMap((rows) => groupLines(rows, page)),
    ...(rest > 0 ? [`  … and ${formatPlural(rest, "more pair")} of status codes`] : []),
  ];
}

function isNew({ cause }: StatusRow): boolean {
  return cause?.state !== "baseline";
}

/** Endpoints with the same pair in the same state are one line. */
function groupOf({ primary, candidate, kind, state }: StatusRow): string {
  return `${primary} ${candidate} ${kind} ${state}`;
}

function groupLines(rows: readonly StatusRow[], page: Page): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const sum = (name: "count" | "compared" | "secondary"): number => rows.reduce((total, row) => total + row[name], 0);
  const names = rows.map(({ endpoint }) => endpoint);
  const more = names.length - MAX_NAMED_ENDPOINTS;
  const where = names.slice(0, MAX_NAMED_ENDPOINTS).join(", ") + (more > 0 ? ` and ${formatCount(more)} more` : "");
  const secondary = sum("secondary");
  const also = secondary === 0 ? "" : `; the secondary in ${formatCount(secondary)}`;
  const state = first.state === "" ? "" : ` (${first.state})`;
  const text = `${formatCount(sum("count"))} of ${formatPlural(sum("compared"), "response")}: ${where}${state}${also}`;
  const kind = fit(first.kind, 7);
  const start = `  ${kind}${fit(formatStatusChange(first), 18)}`;
  const [line = "", ...others] = page.wrap(escapeText(text), { start, indent: " ".repeat(start.length) });
  return [`  ${page.paint(COLOR[first.kind], kind)}${line.slice(2 + kind.length)}`, ...others];
}
