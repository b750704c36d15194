import { describe, expect, it } from "vitest";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { BodyChange, SampleDetailBody } from "../../../src/model/sample.ts";
import { diffBodies } from "../../../src/presentation/bodies/diff-bodies.ts";
import { findInDiff, findInText } from "../../../src/presentation/bodies/find-in-lines.ts";
import { jsonLines } from "../../../src/presentation/bodies/json-lines.ts";
import {
  fieldAt,
  jsonPath,
  pathOfLine,
  placeOfRow,
  rowOfPlace,
  shapePath,
  valueOfLine,
} from "../../../web/src/exchange/diff/line-path.ts";

const LINES = jsonLines('{"items":[{"a b":1},{"a b":[2,{}]}],"it\'s":{"__proto__":null}}');

function field(path: string): DifferingField {
  return { section: "body", path, kind: "value", mark: "raw" };
}

function body(text: string): SampleDetailBody {
  return { form: "text", mediaType: "", length: 0, truncated: false, text };
}

function json(text: string): SampleDetailBody {
  return { ...body(text), form: "json" };
}

function pathAt(line: number): string {
  return jsonPath(pathOfLine(LINES, line));
}

describe("the path of a line", () => {
  it("names keys and indexes from the root, also from a closing bracket", () => {
    expect(pathAt(0)).toBe("$");
    expect(pathAt(1)).toBe("$.items");
    expect(pathAt(3)).toBe("$.items[0]['a b']");
    expect(pathAt(7)).toBe("$.items[1]['a b'][0]");
    expect(pathAt(8)).toBe("$.items[1]['a b'][1]");
    expect(pathAt(9)).toBe("$.items[1]['a b']");
    expect(pathAt(13)).toBe("$['it\\'s'].__proto__");
    expect(pathAt(15)).toBe("$");
  });

  it("copies a value with all its lines", () => {
    expect(valueOfLine(LINES, 6)).toBe("[2,{}]");
    expect(valueOfLine(LINES, 9)).toBe("[2,{}]");
    expect(valueOfLine(LINES, 3)).toBe("1");
    expect(JSON.parse(valueOfLine(LINES, 0))).toHaveProperty("items");
  });

  it("finds the field that a rule would name", () => {
    const fields = [field("$.items[*]"), field("$.items[*]['a b']"), field("$.prices{*}.net"), field("$['it\\'s']")];
    expect(fieldAt(fields, ["items", 1, "a b", 0])?.path).toBe("$.items[*]['a b']");
    expect(fieldAt(fields, ["items", 1, "c"])?.path).toBe("$.items[*]");
    expect(fieldAt(fields, ["prices", "2026-01-01", "net"])?.path).toBe("$.prices{*}.net");
    expect(fieldAt(fields, ["it's", "x"])?.path).toBe("$['it\\'s']");
    expect(fieldAt(fields, ["other"])).toBeUndefined();
    expect(shapePath(["items", 3, "a b", "x"])).toBe("$.items[*]['a b'].x");
    expect(shapePath([0, 1, "2"])).toBe("$[*][*]['2']");
  });
});

describe("the place of a row in a URL", () => {
  const [left, right] = [
    '{"a/b":[{"c":1},{"c":2}],"d":1,"gone":3}',
    '{"a/b":[{"c":9},{"c":1},{"c":2}],"d":2,"e":{"f":1}}',
  ];
  const changes: BodyChange[] = [
    { op: "add", pointer: "/a~1b/0" },
    { op: "replace", pointer: "/d" },
    { op: "remove", pointer: "/gone" },
    { op: "add", pointer: "/e" },
  ];
  const diff = diffBodies({ left: json(left), right: json(right), changes, isCut: false });

  it("leads back to the row, on either side", () => {
    const rows = [...diff.rows.marks.keys()];
    const places = rows.map((row) => placeOfRow(diff, row));
    expect(places.slice(0, 7)).toEqual(["$", "/a~1b", "/a~1b/0", "+/a~1b/0/c", "+/a~1b/0", "/a~1b/0", "/a~1b/0/c"]);
    expect(places.slice(-6)).toEqual(["/d", "/gone", "/e", "+/e/f", "+/e", "$"]);
    expect(rowOfPlace(diff, "$")).toBe(0);
    expect(rowOfPlace(diff, "/d")).toBe(places.indexOf("/d"));
    expect(rowOfPlace(diff, "+/a~1b/0/c")).toBe(3);
    expect(rowOfPlace(diff, "/a~1b/1/c")).toBe(places.lastIndexOf("/a~1b/1/c"));
    expect(rowOfPlace(diff, "header etag")).toBeUndefined();
  });

  it("is the line of a text", () => {
    const text = diffBodies({ left: body("a\nb"), right: body("a\nb\nc\nd"), changes: null, isCut: false });
    expect([0, 1, 2, 3].map((row) => placeOfRow(text, row))).toEqual(["line 1", "line 2", "line 3", "+line 4"]);
    expect(["line 2", "line 3", "+line 4", "line 9"].map((place) => rowOfPlace(text, place))).toEqual([
      1,
      2,
      3,
      undefined,
    ]);
  });
});

describe("find in the body", () => {
  const diff = diffBodies({
    left: body("one\nTwo two\nthree\ngone two"),
    right: body("one\nTwo two\nfour two\n"),
    changes: null,
    isCut: false,
  });

  it("counts a row that is equal on both sides once, and changed rows by side", () => {
    expect(findInDiff(diff, "two")).toEqual([
      { row: 1, side: "left" },
      { row: 2, side: "right" },
      { row: 3, side: "left" },
    ]);
    expect(findInDiff(diff, "")).toEqual([]);
    expect(findInDiff(diff, "absent")).toEqual([]);
  });

  it("searches for the text and not for a pattern, in upper and lower case", () => {
    expect(findInText("a.b A.B acb", "a.b")).toEqual([
      { from: 0, to: 3 },
      { from: 4, to: 7 },
    ]);
    expect(findInText("(a", "(a")).toEqual([{ from: 0, to: 2 }]);
  });
});
