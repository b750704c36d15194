import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { diff } from "json-diff-ts";
import { describe, expect, it } from "vitest";
import { bodyRows } from "../../../web/src/exchange/diff/body-rows.ts";
import { foldRows } from "../../../web/src/exchange/diff/fold-unchanged.ts";
import { headerRows } from "../../../web/src/exchange/diff/header-rows.ts";
import { lineDiff } from "../../../web/src/exchange/diff/line-diff.ts";
import type { Line, Row } from "../../../web/src/exchange/diff/diff-row.ts";
import { curlCommand } from "../../../web/src/exchange/curl-command.ts";
import { formatPercent } from "../../../web/src/ui/numbers.ts";
import type { BodyChange, SampleDetailBody } from "../../../src/model/sample.ts";

const run = promisify(execFile);

function body(text: string, form: SampleDetailBody["form"] = "json"): SampleDetailBody {
  return { form, mediaType: "", length: text.length, truncated: false, text };
}

function textOf(line: Line | null): string | null {
  return line === null ? null : line.tokens.map(({ text }) => text).join("");
}

function pictured(rows: readonly Row[]): string[] {
  const glyphs = { same: " ", add: "+", remove: "-", replace: "~" };
  return rows.map((row) => `${glyphs[row.mark]} ${textOf(row.left) ?? "·"} | ${textOf(row.right) ?? "·"}`);
}

function sideText(rows: readonly Row[], side: "left" | "right"): string {
  return rows.flatMap((row) => textOf(row[side]) ?? []).join("\n");
}

describe("JSON side by side", () => {
  it("marks the named places only, and sets the two sides beside each other", () => {
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
    expect(by).toBe("json-diff");
    expect(pictured(rows)).toEqual([
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

  it("keeps each side a valid document with the exact numbers and odd keys of the original", () => {
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

  it("shows a change of the whole document as one difference", () => {
    const { rows } = bodyRows(body("[1]"), body('{"a":1}'), [{ op: "replace", pointer: "" }]);
    expect(rows.map((row) => row.mark)).toEqual(["replace", "replace", "replace"]);
    expect(rows.map((row) => row.difference)).toEqual(["", null, null]);
  });

  it("names every place that json-diff-ts finds at the top of an object", () => {
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

  it("falls back to lines for a document too deep for a tree", () => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    expect(bodyRows(body(deep), body(deep), []).by).toBe("lines");
  });
});

describe("text side by side", () => {
  it("finds added, removed and changed lines", () => {
    const { rows } = bodyRows(body("a\nb\nc\nd", "text"), body("a\nx\nc\nd\ne", "text"), null);
    expect(pictured(rows)).toEqual(["  a | a", "~ b | x", "  c | c", "  d | d", "+ · | e"]);
    expect(rows.map((row) => row.difference)).toEqual([null, "line 2", null, null, "line 5"]);
  });

  it("gives back both texts whatever they hold", () => {
    const texts = ["", "a", "a\nb", "b\na", "a\na\na", "x\ny\nz\na", "\n\n", "a\nz"];
    for (const left of texts) {
      for (const right of texts) {
        const [one, two] = [left.split("\n"), right.split("\n")];
        const hunks = lineDiff(one, two);
        expect(hunks.flatMap(({ leftFrom, leftTo }) => one.slice(leftFrom, leftTo))).toEqual(one);
        expect(hunks.flatMap(({ rightFrom, rightTo }) => two.slice(rightFrom, rightTo))).toEqual(two);
        const shared = hunks.filter(({ same }) => same);
        expect(shared.map(({ leftFrom, leftTo }) => one.slice(leftFrom, leftTo))).toEqual(
          shared.map(({ rightFrom, rightTo }) => two.slice(rightFrom, rightTo)),
        );
      }
    }
  });

  it("ends on texts that have nothing in common", () => {
    const left = Array.from({ length: 5_000 }, (_, index) => `a${index}`);
    expect(
      lineDiff(
        left,
        left.map((line) => `b${line}`),
      ),
    ).toEqual([{ same: false, leftFrom: 0, leftTo: 5_000, rightFrom: 0, rightTo: 5_000 }]);
  });

  it("folds what is far from a change", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const { rows } = bodyRows(body(lines.join("\n"), "text"), body(lines.with(10, "new").join("\n"), "text"), null);
    expect(foldRows(rows)).toEqual([
      { type: "gap", from: 0, to: 7 },
      { type: "rows", from: 7, to: 14 },
      { type: "gap", from: 14, to: 20 },
    ]);
  });
});

describe("headers side by side", () => {
  it("tells what differs from what is unequal and does not count", () => {
    const left = ["Date", "Mon", "X-A", "1", "Vary", "a", "vary", "b"];
    const right = ["date", "Tue", "x-a", "2", "vary", "a", "vary", "b"];
    expect(headerRows(left, right, new Set(["x-a"]))).toEqual([
      { name: "x-a", left: ["1"], right: ["2"], mark: "differs" },
      { name: "date", left: ["Mon"], right: ["Tue"], mark: "ignored" },
      { name: "vary", left: ["a", "b"], right: ["a", "b"], mark: "same" },
    ]);
  });
});

describe("copy as curl", () => {
  it("reaches curl as the very arguments of the request, whatever they hold", async () => {
    const evil = `'; $(touch /tmp/never) \`id\` "\\ \n!`;
    const command = curlCommand("http://127.0.0.1:8080", {
      method: "PUT",
      target: `/a/../b?q=[1]{2}&x=${evil}`,
      headers: ["X-Evil", evil, "X-Empty", "", "Content-Length", "5", "Accept-Encoding", "gzip"],
    });
    const { stdout } = await run("sh", ["-c", `curl() { printf '%s\\0' "$@"; }; ${command}`]);
    expect(stdout.split("\0").slice(0, -1)).toEqual([
      "-sS",
      "-i",
      "--globoff",
      "--path-as-is",
      "--compressed",
      "-X",
      "PUT",
      "-H",
      `X-Evil: ${evil}`,
      "-H",
      "X-Empty;",
      "-H",
      "Accept-Encoding: gzip",
      `http://127.0.0.1:8080/a/../b?q=[1]{2}&x=${evil}`,
    ]);
  });
});

describe("percentages", () => {
  it("never look like everything, or like the limit that they miss", () => {
    expect([1, 0.999999, 0.943157, 0.29, 0].map((share) => formatPercent(share))).toEqual([
      "100 %",
      "99.9999 %",
      "94.32 %",
      "29 %",
      "0 %",
    ]);
    expect(formatPercent(0.99899, 0.999)).toBe("99.899 %");
  });
});
