import { describe, expect, it } from "vitest";
import { escapeText, fit, fitRight, widthOf, wrap } from "../../../../src/report/render/text/terminal-text.ts";

describe("escapeText", () => {
  it.each([
    ["\u001B[2J\u001B]0;owned\u0007", String.raw`\x1b[2J\x1b]0;owned\x07`],
    ["a\r\nb\tc\u0000", String.raw`a\x0d\x0ab\x09c\x00`],
    ["\u009B31m\u007F", String.raw`\x9b31m\x7f`],
    ["user\u202Etxt.exe", String.raw`user\u{202e}txt.exe`],
    ["zero\u200Bwidth\u2028line\uFEFF", String.raw`zero\u{200b}width\u{2028}line\u{feff}`],
    ["half\uD800", String.raw`half\u{d800}`],
    ["naïve 日本 $.items[*]['a.b'] 😀", "naïve 日本 $.items[*]['a.b'] 😀"],
  ])("escapes %j", (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });
});

describe("columns", () => {
  it("count wide characters twice and combining ones not at all", () => {
    expect(widthOf("日本")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("😀")).toBe(2);
  });

  it("pad and cut to a width", () => {
    expect(fit("abc", 5)).toBe("abc  ");
    expect(fit("abcdef", 5)).toBe("abcd…");
    expect(fit("日本語", 5)).toBe("日本…");
    expect(fit("日本語", 4)).toBe("日… ");
    expect(fitRight("12", 4)).toBe("  12");
    expect(fitRight("12345", 4)).toBe("12345");
  });

  it("wrap at spaces, and within a word that is longer than a line", () => {
    expect(wrap("one two three four", { start: "- ", indent: "  ", width: 11 })).toEqual([
      "- one two",
      "  three",
      "  four",
    ]);
    expect(wrap("GET /abcdefghijkl", { start: "- ", indent: "  ", width: 8 })).toEqual([
      "- GET",
      "  /abcde",
      "  fghijk",
      "  l",
    ]);
  });
});
