import { assert, constantFrom, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { findValueChanges } from "../../../src/compare/json-changes.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import type { BodyChange, SampleDetailBody } from "../../../src/model/sample.ts";
import { diffBodies } from "../../../src/presentation/bodies/diff-bodies.ts";
import { COMMA, hasFlag, lineText, type LineTable } from "../../../src/presentation/bodies/line-table.ts";
import { MARKS, type BodyDiff } from "../../../src/presentation/bodies/row-builder.ts";

type Form = SampleDetailBody["form"];

function body(text: string, form: Form, mediaType: string): SampleDetailBody {
  return { form, mediaType, length: text.length, truncated: false, text };
}

/** The bodies as the admin API provides them. */
function diffOf(left: string, right: string, form: Form = "json", mediaType = ""): BodyDiff {
  const [a, b] = [parseJson(left), parseJson(right)];
  const found = form === "json" && a !== undefined && b !== undefined ? findValueChanges(a.value, b.value) : null;
  return diffBodies({
    left: body(left, form, mediaType),
    right: body(right, form, mediaType),
    changes: found?.changes ?? null,
    isCut: found?.cut ?? false,
  });
}

function draw(table: LineTable, line: number): string {
  if (line < 0) return "·";
  return "  ".repeat(table.depths[line] ?? 0) + lineText(table, line) + (hasFlag(table, line, COMMA) ? "," : "");
}

const GLYPHS = { same: " ", add: "+", remove: "-", replace: "~", move: "m" } as const;

function drawRows({ rows, left, right }: BodyDiff): string[] {
  return [...rows.marks].map((mark, row) => {
    const sides = [draw(left, rows.lefts[row] ?? -1), draw(right, rows.rights[row] ?? -1)];
    return `${GLYPHS[MARKS[mark] ?? "same"]} ${sides.join(" | ")}`;
  });
}

function sideText({ rows, left, right }: BodyDiff, side: "left" | "right"): string {
  const [table, lines] = side === "left" ? [left, rows.lefts] : [right, rows.rights];
  return [...lines]
    .filter((line) => line >= 0)
    .map((line) => draw(table, line))
    .join("\n");
}

function places({ differences }: BodyDiff): string[] {
  return differences.map(({ mark, at, to }) => `${mark} ${at}${to === undefined ? "" : ` ${to}`}`);
}

const items = (...ids: number[]) => ids.map((id) => ({ id, n: 1 }));
const deep = (leaf: string): string => `${"[".repeat(10_000)}${leaf}${"]".repeat(10_000)}`;
const numbered = (prefix: string) =>
  ["head", ...Array.from({ length: 5_000 }, (_, index) => prefix + index), "tail"].join("\n");
const page = (title: string) =>
  `<!doctype html><html><head><title>${title}</title><script>if (a<b) run("<p>")</script></head><body><br><p class=a>one<b>two</b></p>${"<i>x</i>".repeat(80)}</body></html>`;
const feed = (value: number) =>
  `<?xml version="1.0"?><feed xmlns="urn:a">${"<entry/>".repeat(80)}<n:v a="1">${value}</n:v><![CDATA[<x>]]><!-- c --></feed>`;
const cut = (value: number) => `{"rows":[${'{"a":1},'.repeat(80)}{"b":${value}},{"c":`;
const form = (value: number) => `${"a=1&".repeat(200)}b=${value}`;

describe("JSON side by side", () => {
  it("marks exactly the changes, with equal values side by side", () => {
    const diff = diffOf('{"id":7,"price":1.0,"old":null,"tags":["a"]}', '{"id":7,"price":1.50,"tags":["a","b"]}');
    expect(diff.by).toBe("json");
    expect(drawRows(diff)).toEqual([
      "  { | {",
      '    "id": 7, |   "id": 7,',
      '~   "price": 1.0, |   "price": 1.50,',
      '-   "old": null, | ·',
      '    "tags": [ |   "tags": [',
      '      "a" |     "a",',
      '+ · |     "b"',
      "    ] |   ]",
      "  } | }",
    ]);
    expect(places(diff)).toEqual(["replace /price", "remove /old", "add /tags/1"]);
  });

  it("shows an inserted element as one change, and a moved one where it was and where it is, with what changed in it", () => {
    const inserted = diffOf(JSON.stringify(items(1, 2, 3)), JSON.stringify(items(9, 1, 2, 3)));
    expect(places(inserted)).toEqual(["add /0"]);
    const moved = diffOf(JSON.stringify(items(1, 2, 3)), JSON.stringify([...items(2, 3), { id: 1, n: 5 }]));
    expect(drawRows(moved)).toEqual([
      "  [ | [",
      "m   { | ·",
      'm     "id": 1, | ·',
      '-     "n": 1 | ·',
      "m   }, | ·",
      "    { |   {",
      '      "id": 2, |     "id": 2,',
      '      "n": 1 |     "n": 1',
      "    }, |   },",
      "    { |   {",
      '      "id": 3, |     "id": 3,',
      '      "n": 1 |     "n": 1',
      "    } |   },",
      "m · |   {",
      'm · |     "id": 1,',
      '+ · |     "n": 5',
      "m · |   }",
      "  ] | ]",
    ]);
    expect(places(moved)).toEqual(["move /0 /2", "replace /0/n"]);
  });

  it("keeps the exact numbers and unusual keys of the original, whatever the order of its keys", () => {
    const left = '{"__proto__":{"a/b":1e400,"~":9007199254740993},"gone":{"deep":[]},"x":{},"k\\u0065y":1}';
    const right = '{"new":1,"key":1.0,"__proto__":{"a/b":1E400,"~":9007199254740993},"x":[1]}';
    const diff = diffOf(left, right);
    expect(sideText(diff, "left")).toContain("1e400");
    expect(sideText(diff, "right")).toContain("9007199254740993");
    expect(places(diff).toSorted()).toEqual(["add /new", "remove /gone", "replace /x"]);
  });

  it("has all lines of both documents, and marks as many differences as the API lists", () => {
    const value = jsonValue({ maxDepth: 4, stringUnit: constantFrom("a", "b", '"', "\\", "\n", "/", "~") });
    assert(
      property(value, value, (left, right) => {
        const [a, b] = [JSON.stringify(left), JSON.stringify(right)];
        const diff = diffOf(a, b);
        expect(JSON.parse(sideText(diff, "left"))).toEqual(JSON.parse(a));
        expect([...diff.rows.rights].filter((line) => line >= 0).toSorted((x, y) => x - y)).toEqual(
          Array.from({ length: diff.right.depths.length }, (_, line) => line),
        );
        const { changes } = findValueChanges(left as Json, right as Json);
        expect(diff.differences).toHaveLength(changes.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("compares the lines of objects that repeat a key", () => {
    const diff = diffOf('{"a":1,"a":2,"b":3}', '{"a":1,"a":4,"b":3}');
    expect(drawRows(diff).filter((row) => !row.startsWith(" "))).toEqual(['~   "a": 2, |   "a": 4,']);
  });

  it("shows the change inside a document that is 10,000 levels deep", () => {
    const diff = diffOf(deep("1"), deep("2"));
    expect(diff.rows.marks).toHaveLength(20_001);
    expect(diff.differences.map(({ row }) => row)).toEqual([10_000]);
    expect(drawRows(diff)[10_000]?.replaceAll(" ", "")).toBe("~1|2");
  });

  it("marks values that are spelled differently when the list of changes is cut", () => {
    const changes: BodyChange[] = [{ op: "replace", pointer: "/0" }];
    const diff = diffBodies({
      left: body("[1,2,3]", "json", ""),
      right: body("[4,2,5]", "json", ""),
      changes,
      isCut: true,
    });
    expect(drawRows(diff).filter((row) => row.startsWith("~"))).toEqual(["~   1, |   4,", "~   3 |   5"]);
  });
});

describe("text side by side", () => {
  it("finds added, removed and changed lines", () => {
    const diff = diffOf("a\nb\nc\nd", "a\nx\nc\nd\ne", "text");
    expect(drawRows(diff)).toEqual(["  a | a", "~ b | x", "  c | c", "  d | d", "+ · | e"]);
    expect(places(diff)).toEqual(["replace line 2", "add line 5"]);
  });

  it("keeps every line of both texts, and marks lines as the same only if they are", () => {
    const texts = ["", "a", "a\nb", "b\na", "a\na\na", "x\ny\nz\na", "\n\n", "a\nz"];
    for (const left of texts) {
      for (const right of texts) {
        const diff = diffOf(left, right, "text");
        expect(sideText(diff, "left")).toBe(left);
        expect(sideText(diff, "right")).toBe(right);
        const same = [...diff.rows.marks].flatMap((mark, row) => (mark === 0 ? [row] : []));
        for (const row of same) {
          expect(draw(diff.left, diff.rows.lefts[row] ?? -1)).toBe(draw(diff.right, diff.rows.rights[row] ?? -1));
        }
      }
    }
  });

  it("shows texts with more than 1,000 edits as replaced between their common first and last lines", () => {
    const diff = diffOf(numbered("a"), numbered("b"), "text");
    expect(places(diff)).toEqual(["replace line 2"]);
    expect([...diff.rows.marks].filter((mark) => mark === 0)).toHaveLength(2);
  });

  it("breaks HTML on one line at its tags, without losing a character", () => {
    const diff = diffOf(page("Hello"), page("Hallo"), "text", "text/html");
    expect(diff.by).toBe("formatted");
    expect(drawRows(diff).filter((row) => !row.startsWith(" "))).toEqual([
      "~     <title>Hello</title> |     <title>Hallo</title>",
    ]);
    const lines = sideText(diff, "left").split("\n");
    expect(lines.map((line) => line.trim()).join("")).toBe(page("Hello"));
    expect(lines).toContain('    <script>if (a<b) run("<p>")</script>');
  });

  it("breaks XML, JSON that was cut off, and forms on one line", () => {
    const xml = diffOf(feed(1), feed(2), "text", "application/xml");
    expect(drawRows(xml).filter((row) => row.startsWith("~"))).toEqual([
      '~   <n:v a="1">1</n:v> |   <n:v a="1">2</n:v>',
    ]);
    expect(drawRows(diffOf(cut(1), cut(2), "text", "application/json")).filter((row) => row.startsWith("~"))).toEqual([
      '~       "b": 1 |       "b": 2',
    ]);
    const fields = diffOf(form(1), form(2), "text", "application/x-www-form-urlencoded");
    expect(drawRows(fields).filter((row) => row.startsWith("~"))).toEqual(["~ b=1 | b=2"]);
  });

  it("shows the lines as they are when only line breaks differ", () => {
    const page = `<p>${"text ".repeat(150)}</p><p>more</p>`;
    const diff = diffOf(page, page.replace("</p><p>", "</p>\n<p>"), "text", "text/html");
    expect(diff.by).toBe("lines");
    expect(diff.differences).toHaveLength(1);
  });
});
