import type { DifferingField } from "../../../../src/model/difference.ts";
import { ARRAY, CLOSES, hasFlag, lineText, OPENS, type LineTable } from "./line-table.ts";

/** A key of an object, or an index of an array. */
export type PathStep = string | number;

/** The key of a line of JSON; undefined without one. */
function keyOfLine(table: LineTable, line: number): string | undefined {
  const length = table.keyLengths[line] ?? 0;
  return length === 0 ? undefined : (JSON.parse(lineText(table, line).slice(0, length)) as string);
}

/** The line that opens what a line is in; undefined for the root. Counts the elements before it. */
function parentOf(table: LineTable, line: number): { readonly line: number; readonly before: number } | undefined {
  const depth = table.depths[line] ?? 0;
  let before = 0;
  for (let at = line - 1; at >= 0; at -= 1) {
    const own = table.depths[at] ?? 0;
    if (own < depth) return { line: at, before };
    if (own === depth && !hasFlag(table, at, CLOSES)) before += 1;
  }
  return undefined;
}

/** The line that opens what a line closes; otherwise the line itself. */
function openingLine(table: LineTable, line: number): number {
  if (!hasFlag(table, line, CLOSES)) return line;
  const depth = table.depths[line] ?? 0;
  let at = line - 1;
  while (at > 0 && !((table.depths[at] ?? 0) === depth && hasFlag(table, at, OPENS))) at -= 1;
  return at;
}

/** The keys and indexes from the root to the value on a line of JSON. */
export function pathOfLine(table: LineTable, line: number): PathStep[] {
  const steps: PathStep[] = [];
  let at = openingLine(table, line);
  for (let parent = parentOf(table, at); parent !== undefined; parent = parentOf(table, at)) {
    steps.push(hasFlag(table, parent.line, ARRAY) ? parent.before : (keyOfLine(table, at) ?? ""));
    at = parent.line;
  }
  return steps.toReversed();
}

/** The value on a line of JSON with all its lines, as it is spelled but without line breaks. */
export function valueOfLine(table: LineTable, line: number): string {
  const from = openingLine(table, line);
  const parts: string[] = [];
  const end = table.ends[from] ?? from;
  for (let at = from; at <= end; at += 1) {
    const text = lineText(table, at);
    const keyLength = at === from ? (table.keyLengths[at] ?? 0) : 0;
    const comma = at < end && hasFlag(table, at, 1) ? "," : "";
    parts.push((keyLength === 0 ? text : text.slice(keyLength + 2)) + comma);
  }
  return parts.join("");
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function quoteKey(key: string): string {
  return `['${JSON.stringify(key)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)}']`;
}

/** `$.items[3]['a b']` (RFC 9535). */
export function jsonPath(steps: readonly PathStep[]): string {
  const parts = steps.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return IDENTIFIER.test(step) ? `.${step}` : quoteKey(step);
  });
  return `$${parts.join("")}`;
}

/** The path that all elements share: `$.items[*].price`. */
export function shapePath(steps: readonly PathStep[]): string {
  return jsonPath(steps).replaceAll(/\[\d+\](?=[.[]|$)/g, "[*]");
}

/** The keys and indexes of a JSON Pointer (RFC 6901). */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const PATH_STEP = /\.([\w$@]+)|\['((?:[^'\\]|\\.)*)'\]|\[\*\]|\{\*\}/gy;

/** The steps of a field's path; null for any key or index. */
function fieldSteps(path: string): (string | null)[] {
  return [...path.slice(1).matchAll(PATH_STEP)].map(([, plain, quoted]) => {
    if (quoted === undefined) return plain ?? null;
    return JSON.parse(`"${quoted.replaceAll(String.raw`\'`, "'").replaceAll('"', String.raw`\"`)}"`) as string;
  });
}

/** The field of the comparison that a place belongs to: the closest one at it or above it. */
export function fieldAt(fields: readonly DifferingField[], steps: readonly PathStep[]): DifferingField | undefined {
  const candidates = fields
    .filter(({ section }) => section === "body")
    .map((field) => ({ field, own: fieldSteps(field.path) }))
    .filter(
      ({ own }) => own.length <= steps.length && own.every((step, at) => step === null || step === `${steps[at]}`),
    );
  return candidates.toSorted((one, other) => other.own.length - one.own.length)[0]?.field;
}
