import type { BodyChange, SampleDetailBody } from "../../../../src/model/sample.ts";
import { jsonRows } from "./json-rows.ts";
import { parseJson } from "./parse-json.ts";
import { printJson } from "./print-json.ts";
import type { Row, Token } from "./diff-row.ts";
import { plainLines, textRows } from "./text-rows.ts";

/** Two bodies as rows, and how the differences among them were found. */
export interface BodyRows {
  readonly by: "json-diff" | "lines";
  readonly rows: readonly Row[];
}

function linesOf(body: SampleDetailBody): readonly (readonly Token[])[] {
  const json = body.form === "json" ? parseJson(body.text) : undefined;
  return json === undefined ? plainLines(body.text) : printJson(json, { depth: 0, key: null, last: true });
}

/**
 * Joins two text bodies for reading.
 * @param changes null when nobody compared the two as JSON; then their lines are compared
 */
export function bodyRows(
  left: SampleDetailBody,
  right: SampleDetailBody,
  changes: readonly BodyChange[] | null,
): BodyRows {
  const one = changes === null ? undefined : parseJson(left.text);
  const two = changes === null ? undefined : parseJson(right.text);
  if (changes !== null && one !== undefined && two !== undefined) {
    return { by: "json-diff", rows: jsonRows(one, two, changes) };
  }
  return { by: "lines", rows: textRows(linesOf(left), linesOf(right)) };
}
