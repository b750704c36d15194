import { parseTree, type Node } from "jsonc-parser";
import { exactly } from "../../tree/json-spec.ts";

/** A JSON text in one spelling: exact numbers, members by name. @returns undefined when it is not valid JSON */
export function canonicalJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const root = parseTree(text);
  return root && canonicalNode(root, text);
}

function canonicalNode({ type, value, offset, length, children = [] }: Node, text: string): string {
  if (type === "number") return exactly(text.slice(offset, offset + length));
  if (type === "array") return `[${children.map((child) => canonicalNode(child, text)).join()}]`;
  if (type !== "object") return JSON.stringify(value);
  const members = children.map((member) => member.children?.map((part) => canonicalNode(part, text)) ?? []);
  const byKey = Map.groupBy(members, ([key]) => key ?? "");
  const written = [...byKey].map(([key, all]) => `${key}:${all.map(([, one]) => one).join("|")}`);
  return `{${written.toSorted().join()}}`;
}
