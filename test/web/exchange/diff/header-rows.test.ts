import { describe, expect, it } from "vitest";
import { headerRows } from "../../../../web/src/exchange/diff/header-rows.ts";

describe("headerRows", () => {
  it("distinguishes fields that differ from fields whose difference does not count", () => {
    const left = ["Date", "Mon", "X-A", "1", "Vary", "a", "vary", "b"];
    const right = ["date", "Tue", "x-a", "2", "vary", "a", "vary", "b"];
    expect(headerRows(left, right, new Set(["x-a"]))).toEqual([
      { name: "x-a", left: ["1"], right: ["2"], mark: "differs" },
      { name: "date", left: ["Mon"], right: ["Tue"], mark: "ignored" },
      { name: "vary", left: ["a", "b"], right: ["a", "b"], mark: "same" },
    ]);
  });
});
