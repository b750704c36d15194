import { describe, expect, it } from "vitest";
import { jsonTokens, linePieces, splitHidden } from "../../../src/presentation/bodies/line-pieces.ts";

describe("linePieces", () => {
  it("cuts a line where its color, a change, or what was found begins or ends", () => {
    const text = '"name": "item 7",';
    const pieces = linePieces(text, {
      tokens: jsonTokens('"name": "item 7"', 6),
      changes: [{ from: 14, to: 15 }],
      found: [{ from: 9, to: 15 }],
      parts: [{ isGap: false, from: 0, to: text.length }],
    });
    const draw = pieces.map(({ text: piece, kind, isChanged, isFound }) =>
      [piece, kind, isChanged ? "changed" : "", isFound ? "found" : ""].join("|"),
    );
    expect(draw).toEqual([
      '"name"|key||',
      ": |plain||",
      '"|string||',
      "item |string||found",
      "7|string|changed|found",
      '"|string||',
      ",|plain||",
    ]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  });

  it("counts what is not shown", () => {
    const parts = [
      { isGap: false, from: 0, to: 2 },
      { isGap: true, from: 2, to: 9 },
    ];
    const pieces = linePieces("abcdefghi", { tokens: [], changes: [], found: [], parts });
    expect(pieces.map(({ text, hidden }) => [text, hidden])).toEqual([
      ["ab", 0],
      ["", 7],
    ]);
  });
});

describe("splitHidden", () => {
  it("shows characters by their number that hide, reorder or control text", () => {
    const text = "a\u202Eb\u0000c\uD800d\uFEFF\u200Be\u007F";
    expect(splitHidden(text).map((part) => (part.isHidden ? `<${part.text}>` : part.text))).toEqual([
      "a",
      "<U+202E>",
      "b",
      "<U+0000>",
      "c",
      "<U+D800>",
      "d",
      "<U+FEFF>",
      "<U+200B>",
      "e",
      "<U+007F>",
    ]);
  });

  it("leaves tabs, letters of all scripts and emoji as they are", () => {
    for (const text of ["\ta\tb", "naïve Ελληνικά עברית 日本語", "👩‍👩‍👧 😀"]) {
      expect(splitHidden(text)).toEqual([{ text, isHidden: false }]);
    }
  });
});
