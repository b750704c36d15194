import type { Report } from "../../../model/report.ts";
import { countEndpoints } from "../../../presentation/verdict/endpoint-counts.ts";
import { gateRows, type GateRow } from "../../../presentation/verdict/gate-rows.ts";
import type { Page } from "./page.ts";
import { VERDICT_COLOR, VERDICT_GLYPH } from "./terminal-color.ts";
import { escapeText, fit } from "./terminal-text.ts";

const LIMIT_WIDTH = 32;

/** The thresholds of the gate with pass and fail signs, as k6 prints them. */
export function gateSection(report: Report, page: Page): string[] {
  return [
    page.paint("bold", "gate"),
    ...gateRows({ ...report, endpointCounts: countEndpoints(report.endpoints) }).flatMap((row) => rowLines(row, page)),
  ];
}

function rowLines({ name, limit, measured, interval, note, verdict }: GateRow, page: Page): string[] {
  const range = interval === null ? "" : ` (${interval})`;
  const start = `  ${VERDICT_GLYPH[verdict]} ${fit(`${name} ${limit}`, LIMIT_WIDTH)}`;
  const text = escapeText(`${measured}${range}${note === null ? "" : `, ${note}`}`);
  const [first = "", ...more] = page.wrap(text, { start, indent: " ".repeat(start.length) });
  return [first.replace(VERDICT_GLYPH[verdict], (glyph) => page.paint(VERDICT_COLOR[verdict], glyph)), ...more];
}
