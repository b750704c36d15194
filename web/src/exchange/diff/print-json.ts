import type { JsonNode } from "./parse-json.ts";
import type { Token } from "./diff-row.ts";

const INDENT = "  ";

interface PrintOptions {
  readonly depth: number;
  /** Null for the root and for array elements. */
  readonly key: string | null;
  /** The last member or element on this side has no comma. */
  readonly isLast: boolean;
}

/** Indentation and key before a value. */
export function linePrefix({ depth, key }: Pick<PrintOptions, "depth" | "key">): Token[] {
  const indent: Token = { kind: "plain", text: INDENT.repeat(depth) };
  return key === null ? [indent] : [indent, { kind: "key", text: JSON.stringify(key) }, { kind: "plain", text: ": " }];
}

/** A bracket, with a comma unless it ends the last member or element. */
export function bracket(text: string, isLast: boolean): Token {
  return { kind: "plain", text: isLast ? text : `${text},` };
}

/** A value as lines, indented by two spaces per level; numbers and strings keep their text. */
export function printJson(node: JsonNode, options: PrintOptions): Token[][] {
  const prefix = linePrefix(options);
  if (node.kind !== "object" && node.kind !== "array") {
    const comma: Token[] = options.isLast ? [] : [{ kind: "plain", text: "," }];
    return [[...prefix, { kind: node.kind, text: node.text }, ...comma]];
  }
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  const children: [string | null, JsonNode][] =
    node.kind === "object" ? [...node.entries] : node.items.map((item) => [null, item]);
  if (children.length === 0) return [[...prefix, bracket(open + close, options.isLast)]];
  const inner = children.flatMap(([key, child], index) =>
    printJson(child, { depth: options.depth + 1, key, isLast: index === children.length - 1 }),
  );
  const lastLine: Token[] = [{ kind: "plain", text: INDENT.repeat(options.depth) }, bracket(close, options.isLast)];
  return [[...prefix, bracket(open, true)], ...inner, lastLine];
}
