import { describe, expect, it } from "vitest";
import type { FieldReport } from "../../../../src/model/report.ts";
import { buildFieldTree, visibleRows, type FieldNode } from "../../../../web/src/endpoint/fields/build-field-tree.ts";

const FIELD: FieldReport = {
  section: "body",
  path: "$.a",
  kind: "value",
  count: 10,
  noise: 0,
  both: 0,
  evidence: 20,
  inflation: 1,
  since: null,
  mayHide: null,
  excess: 0.1,
  verdict: "real",
  relation: null,
  rule: null,
  cause: "c",
  diffy: { relative: 100, absolute: 10, flagged: true },
  features: [],
};

const field = (path: string, more: Partial<FieldReport> = {}): FieldReport => ({ ...FIELD, path, ...more });

/** The labels with their indentation; inner nodes end with the number of fields. */
function outline(nodes: readonly FieldNode[], indent = ""): readonly string[] {
  return nodes.flatMap(({ label, children, summary }) => [
    `${indent}${label}${children.length === 0 ? "" : ` (${summary.fields})`}`,
    ...outline(children, `${indent}  `),
  ]);
}

describe("buildFieldTree", () => {
  it("nests by path segments, important sections first, and joins chains of single children", () => {
    const fields = [
      field("etag", { section: "header" }),
      field("set-cookie.SID.secure", { section: "header" }),
      field("set-cookie.SID.path", { section: "header" }),
      field("$.data.items[*].price"),
      field("$.data.items[*]['a.b']"),
      field("$.map{*}", { kind: "extra" }),
      field("200->404", { section: "status", kind: "status" }),
      field("grpc-message", { section: "trailer" }),
    ];
    expect(outline(buildFieldTree(fields))).toEqual([
      "status (1)",
      "  200 → 404",
      "body (3)",
      "  data.items[*] (2)",
      "    ['a.b']",
      "    price",
      "  map{*}",
      "trailers (1)",
      "  grpc-message",
      "headers (3)",
      "  etag",
      "  set-cookie.SID (2)",
      "    path",
      "    secure",
    ]);
  });

  it("keeps a place that differs itself and below, and the kinds of one path apart", () => {
    const fields = [field("$.a", { kind: "type" }), field("$.a.b"), field("$.c"), field("$.c", { kind: "missing" })];
    const [body] = buildFieldTree(fields);
    const [a, c] = body?.children ?? [];
    expect(a?.children.map(({ label, path }) => [label, path])).toEqual([
      [expect.any(String), "$.a"],
      ["b", "$.a.b"],
    ]);
    expect(c?.children.map((node) => node.field?.kind)).toEqual(["value", "missing"]);
    expect(new Set([...(a?.children ?? []), ...(c?.children ?? [])].map(({ id }) => id)).size).toBe(4);
  });

  it("sums up what is below: the largest counts and the most severe verdict; severe and frequent ones come first", () => {
    const fields = [
      field("$.x.noise", { verdict: "noise", count: 90, noise: 80, excess: 0 }),
      field("$.x.real", { count: 7, excess: 0.07 }),
      field("$.y", { count: 50 }),
    ];
    const [body] = buildFieldTree(fields);
    expect(body?.summary).toEqual({ fields: 3, count: 90, noise: 80, excess: 0.1, verdict: "real" });
    expect(outline(body?.children ?? [])).toEqual(["x (2)", "  real", "  noise", "y"]);
  });

  it("a rule for a section covers all of it", () => {
    const roots = buildFieldTree([field("$.a"), field("etag", { section: "header" })]);
    expect(roots.map(({ path, under }) => [path, under])).toEqual([
      ["$", undefined],
      ["*", undefined],
    ]);
  });
});

describe("visibleRows", () => {
  it("lists the rows of expanded nodes with level, position and parent", () => {
    const roots = buildFieldTree([field("$.a.b"), field("$.a.c", { count: 5 }), field("$.d", { count: 1 })]);
    const rows = visibleRows(roots, () => true);
    expect(
      rows.map(({ node, level, position, siblings, parent }) => [node.label, level, position, siblings, parent]),
    ).toEqual([
      ["body", 1, 1, 1, -1],
      ["a", 2, 1, 2, 0],
      ["b", 3, 1, 2, 1],
      ["c", 3, 2, 2, 1],
      ["d", 2, 2, 2, 0],
    ]);
    expect(visibleRows(roots, (_, level) => level < 2).map(({ node }) => node.label)).toEqual(["body", "a", "d"]);
  });

  it("has one row for each of 2,000 fields and their groups", () => {
    const fields = Array.from({ length: 2_000 }, (_, at) => field(`$.group${at % 40}.items[*].field${at}`));
    expect(visibleRows(buildFieldTree(fields), () => true)).toHaveLength(1 + 40 + 2_000);
  });
});
