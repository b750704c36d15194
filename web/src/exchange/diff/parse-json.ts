import { parseTree, type Node } from "jsonc-parser";

/**
 * A JSON value as written in the document. Numbers keep their text, because parsing changes 1.0, 1e400 and 2^53+1; keys are
 * in a Map, because `__proto__` is a key like any other.
 */
export type JsonNode =
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, JsonNode> }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string" | "number" | "word"; readonly text: string };

/** Deeper documents are compared as text; walking their tree could exhaust the stack. */
const MAX_DEPTH = 400;

function jsonNode(text: string, node: Node, depth: number): JsonNode {
  if (depth > MAX_DEPTH) throw new RangeError("the document is too deep");
  const { type, offset, length, children = [] } = node;
  if (type === "object") return { kind: "object", entries: jsonEntries(text, children, depth) };
  if (type === "array") return { kind: "array", items: children.map((item) => jsonNode(text, item, depth + 1)) };
  const kind = type === "string" || type === "number" ? type : "word";
  return { kind, text: text.slice(offset, offset + length) };
}

function jsonEntries(text: string, properties: readonly Node[], depth: number): ReadonlyMap<string, JsonNode> {
  const entries = new Map<string, JsonNode>();
  for (const { children: [key, value] = [] } of properties) {
    if (key === undefined || value === undefined) throw new SyntaxError("a member without a value");
    const name = key.value as string;
    if (entries.has(name)) throw new SyntaxError("two members have the same key");
    entries.set(name, jsonNode(text, value, depth + 1));
  }
  return entries;
}

/** @returns undefined for text that is not JSON, and for documents that are too deep or repeat a key */
export function parseJson(text: string): JsonNode | undefined {
  try {
    // jsonc-parser accepts comments and repairs syntax errors; JSON.parse does neither.
    JSON.parse(text);
    const root = parseTree(text);
    return root === undefined ? undefined : jsonNode(text, root, 0);
  } catch {
    return undefined;
  }
}
