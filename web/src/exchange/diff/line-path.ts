import type { DifferingField } from "../../../../src/model/difference.ts";
import type { BodyDiff } from "../../../../src/presentation/bodies/row-builder.ts";
import {
  ARRAY,
  CLOSES,
  hasFlag,
  lineText,
  OPENS,
  type LineTable,
} from "../../../../src/presentation/bodies/line-table.ts";

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

/** The line of the value at a JSON Pointer, or of the closest value above it. */
function lineAtPointer(table: LineTable, pointer: string): number {
  let line = 0;
  for (const step of pointerSteps(pointer)) {
    const isArray = hasFlag(table, line, ARRAY);
    const end = table.ends[line] ?? line;
    let at = line + 1;
    for (let index = 0; at < end; index += 1, at = (table.ends[at] ?? at) + 1) {
      if (step === (isArray ? `${index}` : keyOfLine(table, at))) break;
    }
    if (at >= end) return line;
    line = at;
  }
  return line;
}

/** Marks a place that only the other side has. */
const OTHER_SIDE = "+";
/** The place of the entire body, whose JSON Pointer is empty. */
export const ROOT_PLACE = "$";

/** The place of a row in a URL: a JSON Pointer, or `line N`; with a `+` if only the other side has the line. */
export function placeOfRow({ by, left, right, rows, differences }: BodyDiff, row: number): string {
  const difference = differences.find((each) => each.row === row);
  if (difference !== undefined) return difference.at || ROOT_PLACE;
  const own = rows.lefts[row] ?? -1;
  const [table, line, prefix] = own >= 0 ? [left, own, ""] : [right, rows.rights[row] ?? 0, OTHER_SIDE];
  if (by !== "json") return `${prefix}line ${line + 1}`;
  const tokens = pathOfLine(table, line).map((step) => `${step}`.replaceAll("~", "~0").replaceAll("/", "~1"));
  return prefix + (tokens.map((token) => `/${token}`).join("") || ROOT_PLACE);
}

/** The inverse of `placeOfRow`; the closest row for a place that does not exist, and the first difference for one in a tree. */
export function rowOfPlace({ by, left, right, rows, differences }: BodyDiff, place: string): number | undefined {
  const difference = differences.find(({ at, to }) => (at || ROOT_PLACE) === place || to === place);
  if (difference !== undefined) return difference.row;
  const isOther = place.startsWith(OTHER_SIDE);
  const named = isOther ? place.slice(1) : place;
  const own = named === ROOT_PLACE ? "" : named;
  const [, number] = /^line (\d+)$/.exec(own) ?? [];
  if (number === undefined && !/^(?:\/|$)/.test(own)) return undefined;
  // The places of other formats are those of their trees, not of their lines.
  if (number === undefined && by !== "json") return differences[0]?.row;
  const line = number === undefined ? lineAtPointer(isOther ? right : left, own) : Number(number) - 1;
  const row = (isOther ? rows.rights : rows.lefts).indexOf(line);
  return row === -1 ? undefined : row;
}
