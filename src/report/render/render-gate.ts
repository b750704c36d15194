import type { Report } from "../../model/report.ts";
import { gateRows, type GateRow } from "../../presentation/gate-rows.ts";
import { VERDICT_COLOUR, VERDICT_GLYPH, type Paint } from "./terminal-colour.ts";
import { escapeText, fit, TEXT_WIDTH, wrap } from "./terminal-text.ts";

const LIMIT_WIDTH = 32;

/** The thresholds of the gate, each with its own sign, as k6 prints them. */
export function gateSection(report: Report, paint: Paint): string[] {
  return [paint("bold", "gate"), ...gateRows(report).flatMap((row) => rowLines(row, paint))];
}

function rowLines({ name, limit, measured, interval, note, verdict }: GateRow, paint: Paint): string[] {
  const range = interval === null ? "" : ` (${interval})`;
  const start = `  ${VERDICT_GLYPH[verdict]} ${fit(`${name} ${limit}`, LIMIT_WIDTH)}`;
  const text = escapeText(`${measured}${range}${note === null ? "" : `, ${note}`}`);
  const [first = "", ...more] = wrap(text, { start, indent: " ".repeat(start.length), width: TEXT_WIDTH });
  return [first.replace(VERDICT_GLYPH[verdict], (glyph) => paint(VERDICT_COLOUR[verdict], glyph)), ...more];
}
