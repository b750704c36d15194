import type { JsonNode } from "./parse-json.ts";
import type { Token } from "./diff-row.ts";

const INDENT = "  ";

export interface PrintOptions {
  readonly depth: number;
  /** Null for the root and for items of an array. */
  readonly key: string | null;
  /** Nothing follows on this side, so no comma. */
  readonly last: boolean;
}

/** What stands before a value on its first line: indent, and key. */
export function lead({ depth, key }: PrintOptions): Token[] {
  const indent: Token = { kind: "plain", text: INDENT.repeat(depth) };
  return key === null ? [indent] : [indent, { kind: "key", text: JSON.stringify(key) }, { kind: "plain", text: ": " }];
}

/** A bracket on its own line, or at the end of the first line of a container. */
export function bracket(text: string, last: boolean): Token {
  return { kind: "plain", text: last ? text : `${text},` };
}

/** A value in lines, two spaces per level, as it was written apart from white space. */
export function printJson(node: JsonNode, options: PrintOptions): Token[][] {
  const start = lead(options);
  const end = bracket("", options.last);
  if (node.kind !== "object" && node.kind !== "array") {
    return [[...start, { kind: node.kind, text: node.text }, ...(options.last ? [] : [end])]];
  }
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  const children: [string | null, JsonNode][] =
    node.kind === "object" ? [...node.entries] : node.items.map((item) => [null, item]);
  if (children.length === 0) return [[...start, bracket(open + close, options.last)]];
  const inner = children.flatMap(([key, child], index) =>
    printJson(child, { depth: options.depth + 1, key, last: index === children.length - 1 }),
  );
  const foot: Token[] = [{ kind: "plain", text: INDENT.repeat(options.depth) }, bracket(close, options.last)];
  return [[...start, bracket(open, true)], ...inner, foot];
}
