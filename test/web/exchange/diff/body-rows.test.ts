import { diff } from "json-diff-ts";
import { describe, expect, it } from "vitest";
import { bodyRows } from "../../../../web/src/exchange/diff/body-rows.ts";
import { foldUnchanged } from "../../../../web/src/exchange/diff/fold-unchanged.ts";
import type { Line, Row } from "../../../../web/src/exchange/diff/diff-row.ts";
import type { BodyChange, SampleDetailBody } from "../../../../src/model/sample.ts";

function body(text: string, form: SampleDetailBody["form"] = "json"): SampleDetailBody {
  return { form, mediaType: "", length: text.length, truncated: false, text };
}

function textOf(line: Line | null): string | null {
  return line === null ? null : line.tokens.map(({ text }) => text).join("");
}

function drawRows(rows: readonly Row[]): string[] {
  const glyphs = { same: " ", add: "+", remove: "-", replace: "~" };
  return rows.map((row) => `${glyphs[row.mark]} ${textOf(row.left) ?? "·"} | ${textOf(row.right) ?? "·"}`);
}

function sideText(rows: readonly Row[], side: "left" | "right"): string {
  return rows.flatMap((row) => textOf(row[side]) ?? []).join("\n");
}

function numberedLines(prefix: string): string {
  return ["head", ...Array.from({ length: 5_000 }, (_, index) => prefix + index), "tail"].join("\n");
}

describe("JSON side by side", () => {
  it("marks exactly the locations of the changes, with equal values side by side", () => {
    const changes: BodyChange[] = [
      { op: "replace", pointer: "/price" },
      { op: "remove", pointer: "/old" },
      { op: "add", pointer: "/tags/1" },
    ];
    const { rows, by } = bodyRows(
      body('{"id":7,"price":1.0,"old":null,"tags":["a"]}'),
      body('{"id":7,"price":1.50,"tags":["a","b"]}'),
      changes,
    );
    expect(by).toBe("json");
    expect(drawRows(rows)).toEqual([
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
    expect(rows.flatMap((row) => row.difference ?? [])).toEqual(["/price", "/old", "/tags/1"]);
  });

  it("keeps each side a valid document, with the exact numbers and unusual keys of the original", () => {
    const left = '{"__proto__":{"a/b":1e400,"~":9007199254740993},"gone":{"deep":[]},"x":{}}';
    const right = '{"new":1,"__proto__":{"a/b":1E400,"~":9007199254740993},"x":[1]}';
    const changes: BodyChange[] = [
      { op: "add", pointer: "/new" },
      { op: "remove", pointer: "/gone" },
      { op: "replace", pointer: "/x" },
    ];
    const { rows } = bodyRows(body(left), body(right), changes);
    expect(JSON.parse(sideText(rows, "left"))).toEqual(JSON.parse(left));
    expect(JSON.parse(sideText(rows, "right"))).toEqual(JSON.parse(right));
    expect(sideText(rows, "left")).toContain("1e400");
    expect(sideText(rows, "right")).toContain("9007199254740993");
    expect(rows.flatMap((row) => row.difference ?? []).sort()).toEqual(["/gone", "/new", "/x"]);
  });

  it("shows a change of the root as one difference", () => {
    const { rows } = bodyRows(body("[1]"), body('{"a":1}'), [{ op: "replace", pointer: "" }]);
    expect(rows.map((row) => row.mark)).toEqual(["replace", "replace", "replace"]);
    expect(rows.map((row) => row.difference)).toEqual(["", null, null]);
  });

  it("names every change that json-diff-ts finds in the members of an object", () => {
    const [left, right] = [
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 3, d: 4 },
    ];
    const ops = { ADD: "add", REMOVE: "remove", UPDATE: "replace" } as const;
    const changes = diff(left, right).map(({ type, key }): BodyChange => ({ op: ops[type], pointer: `/${key}` }));
    const { rows } = bodyRows(body(JSON.stringify(left)), body(JSON.stringify(right)), changes);
    expect(rows.filter((row) => row.difference !== null).map((row) => [row.mark, row.difference])).toEqual([
      ["replace", "/b"],
      ["remove", "/c"],
      ["add", "/d"],
    ]);
  });

  it("compares documents that are too deep for a tree line by line", () => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    expect(bodyRows(body(deep), body(deep), []).by).toBe("lines");
  });
});

describe("text side by side", () => {
  it("finds added, removed and changed lines", () => {
    const { rows } = bodyRows(body("a\nb\nc\nd", "text"), body("a\nx\nc\nd\ne", "text"), null);
    expect(drawRows(rows)).toEqual(["  a | a", "~ b | x", "  c | c", "  d | d", "+ · | e"]);
    expect(rows.map((row) => row.difference)).toEqual([null, "line 2", null, null, "line 5"]);
  });

  it("keeps every line of both texts, and marks lines as the same only if they are", () => {
    const texts = ["", "a", "a\nb", "b\na", "a\na\na", "x\ny\nz\na", "\n\n", "a\nz"];
    for (const left of texts) {
      for (const right of texts) {
        const { rows } = bodyRows(body(left, "text"), body(right, "text"), null);
        expect(sideText(rows, "left")).toBe(left);
        expect(sideText(rows, "right")).toBe(right);
        const same = rows.filter(({ mark }) => mark === "same");
        expect(sideText(same, "left")).toBe(sideText(same, "right"));
      }
    }
  });

  it("shows texts with more than 1,000 edits as replaced between their common first and last lines", () => {
    const { rows } = bodyRows(body(numberedLines("a"), "text"), body(numberedLines("b"), "text"), null);
    expect(rows.map(({ mark }) => mark)).toEqual(["same", ...Array.from({ length: 5_000 }, () => "replace"), "same"]);
    expect(rows.flatMap(({ difference }) => difference ?? [])).toEqual(["line 2"]);
  });

  it("folds lines that are more than three lines away from a change", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const { rows } = bodyRows(body(lines.join("\n"), "text"), body(lines.with(10, "new").join("\n"), "text"), null);
    expect(foldUnchanged(rows)).toEqual([
      { type: "gap", from: 0, to: 7 },
      { type: "rows", from: 7, to: 14 },
      { type: "gap", from: 14, to: 20 },
    ]);
  });
});
