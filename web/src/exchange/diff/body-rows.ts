import type { BodyChange, SampleDetailBody } from "../../../../src/model/sample.ts";
import { jsonRows } from "./json-rows.ts";
import { parseJson } from "./parse-json.ts";
import { printJson } from "./print-json.ts";
import type { Row, Token } from "./diff-row.ts";
import { plainLines, textRows } from "./text-rows.ts";

/** Two bodies as rows, and how their differences were found. */
export interface BodyRows {
  readonly by: "json" | "lines";
  readonly rows: readonly Row[];
}

function bodyLines(body: SampleDetailBody): readonly (readonly Token[])[] {
  const json = body.form === "json" ? parseJson(body.text) : undefined;
  return json === undefined ? plainLines(body.text) : printJson(json, { depth: 0, key: null, isLast: true });
}

/**
 * Two bodies side by side.
 * @param changes null when the two were not compared as JSON; then their lines are compared
 */
export function bodyRows(
  left: SampleDetailBody,
  right: SampleDetailBody,
  changes: readonly BodyChange[] | null,
): BodyRows {
  const leftJson = changes === null ? undefined : parseJson(left.text);
  const rightJson = changes === null ? undefined : parseJson(right.text);
  if (changes !== null && leftJson !== undefined && rightJson !== undefined) {
    return { by: "json", rows: jsonRows(leftJson, rightJson, changes) };
  }
  return { by: "lines", rows: textRows(bodyLines(left), bodyLines(right)) };
}
