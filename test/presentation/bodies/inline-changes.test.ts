import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { clipLine } from "../../../src/presentation/bodies/clip-line.ts";
import { inlineChanges, type Span } from "../../../src/presentation/bodies/inline-changes.ts";

function mark(text: string, spans: readonly Span[]): string {
  let at = 0;
  let marked = "";
  for (const { from, to } of spans) {
    marked += `${text.slice(at, from)}[${text.slice(from, to)}]`;
    at = to;
  }
  return marked + text.slice(at);
}

function marked(left: string, right: string): [string, string] {
  const changes = inlineChanges(left, right);
  return [mark(left, changes.left), mark(right, changes.right)];
}

function without(text: string, spans: readonly Span[]): string {
  return spans.toReversed().reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
}

function draw(...args: Parameters<typeof clipLine>): string[] {
  return clipLine(...args).map(({ isGap, from, to }) => `${isGap ? "…" : ""}${from}-${to}`);
}

describe("inlineChanges", () => {
  it.each([
    ["ada@example.org", "ada@example.com", "ada@example.[org]", "ada@example.[com]"],
    ["item 1042", "item 1043", "item 104[2]", "item 104[3]"],
    ["a note of the shop", "a note of the store", "a note of the [shop]", "a note of the [store]"],
    ["one two three", "one three", "one [two ]three", "one three"],
    ["the quick red fox", "the slow red dog", "the [quick] red [fox]", "the [slow] red [dog]"],
    ["10.5", "-1", "[10.5]", "[-1]"],
    ["200", "404", "[200]", "[404]"],
    ["same", "same", "same", "same"],
    ["", "new", "", "[new]"],
    ["a😀b", "a😁b", "a[😀]b", "a[😁]b"],
  ])("%s → %s", (left, right, one, other) => {
    expect(marked(left, right)).toEqual([one, other]);
  });

  it("leaves the same text on both sides when the marked parts are taken out", () => {
    assert(
      property(string(), string(), (left, right) => {
        const changes = inlineChanges(left, right);
        expect(without(left, changes.left)).toBe(without(right, changes.right));
        expect(changes.left.length + changes.right.length === 0).toBe(left === right);
      }),
      { numRuns: 5_000 },
    );
  });

  it("finds the one character that differs in lines of a megabyte", () => {
    const [start, end] = ["x".repeat(500_000), "y".repeat(500_000)];
    const changes = inlineChanges(`${start}A${end}`, `${start}B${end}`);
    expect(changes.left).toEqual([{ from: 500_000, to: 500_001 }]);
  });
});

describe("clipLine", () => {
  it("shows short lines completely", () => {
    expect(draw(400, [])).toEqual(["0-400"]);
    expect(draw(0, [])).toEqual([]);
  });

  it("cuts a long line around its changes and keeps its start", () => {
    expect(draw(12_304, [{ from: 6_000, to: 6_003 }])).toEqual(["0-80", "…80-5920", "5920-6083", "…6083-12304"]);
    expect(draw(12_304, [])).toEqual(["0-80", "…80-12304"]);
  });

  it("joins what is close, and cuts a long change in its middle", () => {
    const close = [
      { from: 100, to: 103 },
      { from: 300, to: 303 },
    ];
    expect(draw(1_000, close)).toEqual(["0-383", "…383-1000"]);
    expect(draw(5_000, [{ from: 1_000, to: 4_000 }])).toEqual([
      "0-80",
      "…80-920",
      "920-1160",
      "…1160-3920",
      "3920-4080",
      "…4080-5000",
    ]);
  });

  it("shows more with more context, up to everything", () => {
    expect(draw(12_304, [{ from: 6_000, to: 6_003 }], 1_280)).toEqual([
      "0-1280",
      "…1280-4720",
      "4720-7283",
      "…7283-12304",
    ]);
    expect(draw(12_304, [{ from: 6_000, to: 6_003 }], 20_000)).toEqual(["0-12304"]);
  });
});
