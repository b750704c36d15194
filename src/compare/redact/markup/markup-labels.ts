import { isSensitiveLabel } from "../../../secrets/sensitive-names.ts";
import type { MarkupNode } from "./markup-node.ts";

/** The ids by which labels and elements refer to each other. */
export interface LabelIds {
  /** The elements that a sensitive label is for. */
  readonly targets: ReadonlySet<string>;
  /** The elements whose own text is a sensitive label. */
  readonly ids: ReadonlySet<string>;
}

const NO_LABELS: LabelIds = { targets: new Set(), ids: new Set() };

/** Whether an attribute refers to the label of its element. */
export function isReference(name: string): boolean {
  return name === "aria-labelledby" || name === "aria-describedby" || name === "headers";
}

/** @param textOf the text of an element, cut after some characters */
export function labelIds(nodes: readonly MarkupNode[], textOf: (node: MarkupNode) => string): LabelIds {
  const byId = new Map<string, MarkupNode>();
  const referred = new Set<string>();
  const targets = new Set<string>();
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const { name, value } of node.attrs ?? []) {
      if (name === "id") byId.set(value, node);
      else if (isReference(name)) for (const id of value.split(/\s+/, 10)) referred.add(id);
      else if (name === "for" && isSensitiveLabel(textOf(node))) targets.add(value);
    }
    for (const child of node.content?.childNodes ?? node.childNodes ?? []) open.push(child);
  }
  const ids = new Set<string>();
  for (const id of referred) {
    const node = byId.get(id);
    if (node !== undefined && isSensitiveLabel(textOf(node))) ids.add(id);
  }
  return targets.size === 0 && ids.size === 0 ? NO_LABELS : { targets, ids };
}
