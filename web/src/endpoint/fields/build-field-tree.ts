import type { Section } from "../../../../src/model/difference.ts";
import type { FieldReport, FieldVerdict } from "../../../../src/model/report.ts";
import { kindWords } from "../../../../src/presentation/words/difference-words.ts";
import { headerPathsFrom } from "../../../../src/presentation/words/header-path.ts";
import { formatStatusChange, parseStatusPath } from "../../../../src/presentation/statuses/status-change.ts";

/** A place of the responses with the differences there and below. */
export interface FieldNode {
  /** Unique in the tree, and the same after a refresh. */
  readonly id: string;
  /** What follows the parent's path: `items[*].price`. */
  readonly label: string;
  readonly section: Section;
  /** As in the report; a rule for it covers everything below. */
  readonly path: string;
  /** The path that exchanges must differ at or below; undefined for a section. */
  readonly under: string | undefined;
  /** The differing field that the node stands for; null if it only contains others. */
  readonly field: FieldReport | null;
  readonly children: readonly FieldNode[];
  /** Of the node itself and everything below. */
  readonly summary: FieldSummary;
}

interface FieldSummary {
  readonly fields: number;
  /** The largest counts of a field: at least so many exchanges differ here. */
  readonly count: number;
  readonly noise: number;
  readonly excess: number | null;
  /** The most severe. */
  readonly verdict: FieldVerdict;
}

/** Important sections first. */
const SECTION_ORDER: readonly Section[] = ["transport", "status", "body", "trailer", "header"];
const SECTION_LABELS: Readonly<Record<Section, string>> = {
  transport: "transport",
  status: "status",
  body: "body",
  trailer: "trailers",
  header: "headers",
};
const SEVERITY: Readonly<Record<FieldVerdict, number>> = { real: 2, likely: 1, noise: 0 };

/** The segments of a body path: `.name`, `[*]`, `{*}`, `['a.b']`. */
const SEGMENT = /\['(?:[^'\\]|\\.)*'\]|\[[^\]]*\]|\{\*\}|\.?[^.[\]{}]+/g;

/** `field2` before `field10`. */
const NATURAL = new Intl.Collator("en", { numeric: true });

interface Branch {
  readonly path: string;
  readonly label: string;
  readonly fields: FieldReport[];
  readonly branches: Map<string, Branch>;
}

/** The differing fields as a tree by section and path; severe and frequent ones come first. Chains of single children are one node. */
export function buildFieldTree(fields: readonly FieldReport[]): readonly FieldNode[] {
  const sections = Map.groupBy(fields, ({ section }) => section);
  return SECTION_ORDER.flatMap((section): FieldNode[] => {
    const own = sections.get(section) ?? [];
    if (own.length === 0) return [];
    const branch = newBranch(section === "body" ? "$" : "", SECTION_LABELS[section]);
    for (const field of own) insert(branch, field);
    const children = childrenOf(section, branch);
    const path = section === "header" || section === "trailer" ? "*" : "$";
    const root = { section, path, under: undefined, id: section, label: SECTION_LABELS[section], field: null };
    return [nodeOf({ ...root, children })];
  });
}

function newBranch(path: string, label: string): Branch {
  return { path, label, fields: [], branches: new Map() };
}

function insert(root: Branch, field: FieldReport): void {
  let branch = root;
  for (const path of pathsTo(field)) {
    const known = branch.branches.get(path) ?? newBranch(path, labelBelow(field, branch.path, path));
    branch.branches.set(path, known);
    branch = known;
  }
  branch.fields.push(field);
}

/** The paths from the outermost one to the field. */
function pathsTo({ section, path }: FieldReport): readonly string[] {
  if (section === "header" || section === "trailer") return headerPathsFrom(path).toReversed();
  if (section !== "body") return [path];
  const segments = path.slice(1).match(SEGMENT) ?? [];
  let at = "$";
  const paths = segments.map((segment) => (at += segment));
  return paths.length === 0 ? [path] : paths;
}

function labelBelow({ section }: FieldReport, parent: string, path: string): string {
  const change = section === "status" ? parseStatusPath(path) : undefined;
  if (change !== undefined) return formatStatusChange(change);
  if (section === "transport") return "response";
  const below = path.startsWith(parent) ? path.slice(parent.length) : path;
  return below === "" ? path : below.replace(/^\./, "");
}

function childrenOf(section: Section, branch: Branch): readonly FieldNode[] {
  const nodes = [...branch.branches.values()].map((child) => branchNode(section, child));
  return [...branch.fields.map((field) => leafOf(field, kindWords(field.kind))), ...nodes.toSorted(bySeverity)];
}

function branchNode(section: Section, branch: Branch): FieldNode {
  const [only, ...others] = branch.fields;
  if (branch.branches.size === 0 && only !== undefined && others.length === 0) return leafOf(only, branch.label);
  const children = childrenOf(section, branch);
  const [first] = children;
  if (children.length === 1 && first !== undefined && branch.fields.length === 0) {
    const glue = /^[[{]/.test(first.label) ? "" : ".";
    return { ...first, label: `${branch.label}${glue}${first.label}` };
  }
  const { path, label } = branch;
  return nodeOf({ section, path, under: path, id: `${section} ${path}`, label, field: null, children });
}

function leafOf(field: FieldReport, label: string): FieldNode {
  const { section, path, kind } = field;
  return nodeOf({ section, path, under: path, id: `${section} ${path} ${kind}`, label, field, children: [] });
}

function nodeOf(node: Omit<FieldNode, "summary">): FieldNode {
  const own = node.field === null ? [] : [{ fields: 1, ...node.field }];
  return { ...node, summary: summaryOf([...own, ...node.children.map(({ summary }) => summary)]) };
}

function summaryOf(parts: readonly FieldSummary[]): FieldSummary {
  const excesses = parts.flatMap(({ excess }) => excess ?? []);
  const severe = parts.toSorted((one, other) => SEVERITY[other.verdict] - SEVERITY[one.verdict])[0];
  return {
    fields: parts.reduce((sum, { fields }) => sum + fields, 0),
    count: Math.max(0, ...parts.map(({ count }) => count)),
    noise: Math.max(0, ...parts.map(({ noise }) => noise)),
    excess: excesses.length === 0 ? null : Math.max(...excesses),
    verdict: severe?.verdict ?? "noise",
  };
}

function bySeverity({ summary: one, label }: FieldNode, { summary: other, label: otherLabel }: FieldNode): number {
  return (
    SEVERITY[other.verdict] - SEVERITY[one.verdict] || other.count - one.count || NATURAL.compare(label, otherLabel)
  );
}

/** A visible row of the tree. */
export interface TreeRow {
  readonly node: FieldNode;
  /** From 1. */
  readonly level: number;
  /** Of the node among its siblings, from 1. */
  readonly position: number;
  readonly siblings: number;
  /** Index of the parent's row; -1 for a section. */
  readonly parent: number;
  readonly isExpanded: boolean;
}

/** The rows of the expanded part of the tree, in order. */
export function visibleRows(
  roots: readonly FieldNode[],
  isExpanded: (node: FieldNode, level: number) => boolean,
): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (nodes: readonly FieldNode[], level: number, parent: number): void => {
    for (const [index, node] of nodes.entries()) {
      const expanded = node.children.length > 0 && isExpanded(node, level);
      rows.push({ node, level, position: index + 1, siblings: nodes.length, parent, isExpanded: expanded });
      if (expanded) add(node.children, level + 1, rows.length - 1);
    }
  };
  add(roots, 1, -1);
  return rows;
}
