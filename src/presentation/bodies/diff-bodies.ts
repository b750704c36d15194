import type { BodyChange, SampleDetailBody } from "../../model/sample.ts";
import { formattedLines, isMinified } from "./format-body.ts";
import { isJson, jsonLines } from "./json-lines.ts";
import { jsonRows } from "./json-rows.ts";
import { plainLines, type LineTable } from "./line-table.ts";
import { RowBuilder, type BodyDiff } from "./row-builder.ts";
import { addTextRows, entireRange } from "./text-rows.ts";

/** What the worker compares. */
export interface BodyPair {
  readonly left: SampleDetailBody;
  readonly right: SampleDetailBody;
  /** Null when the two were not compared as JSON; then their lines are compared. */
  readonly changes: readonly BodyChange[] | null;
  /** There can be more changes than listed. */
  readonly isCut: boolean;
}

function textDiff(by: BodyDiff["by"], left: LineTable, right: LineTable): BodyDiff {
  const rows = new RowBuilder();
  const ranges = { left: entireRange(left), right: entireRange(right) };
  addTextRows(rows, { left, right }, ranges, (mark, line) => rows.startDifference(mark, `line ${line + 1}`));
  return { by, left, right, ...rows.build() };
}

function plainDiff(left: SampleDetailBody, right: SampleDetailBody): BodyDiff {
  return textDiff("lines", plainLines(left.text), plainLines(right.text));
}

/** Two bodies side by side. */
export function diffBodies({ left, right, changes, isCut }: BodyPair): BodyDiff {
  if (changes !== null && isJson(left.text) && isJson(right.text)) {
    const [a, b] = [jsonLines(left.text), jsonLines(right.text)];
    return { by: "json", left: a, right: b, ...jsonRows(a, b, changes, isCut) };
  }
  if (!isMinified(left) && !isMinified(right)) return plainDiff(left, right);
  const [a, b] = [formattedLines(left), formattedLines(right)];
  if (!a.isFormatted && !b.isFormatted) return plainDiff(left, right);
  const formatted = textDiff("formatted", a.lines, b.lines);
  // What differs is only white space between the lines.
  return formatted.differences.length === 0 && left.text !== right.text ? plainDiff(left, right) : formatted;
}
