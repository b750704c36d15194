import { describe, expect, it } from "vitest";
import { labels } from "../../../src/config/values/labels.ts";

describe("labels", () => {
  it.each<[string, unknown]>([
    ["a mapping", { commit: "3f2a", build: 77 }],
    ["a list of pairs", ["commit=3f2a", " build =77"]],
    ["one text with commas", "commit=3f2a,build=77"],
  ])("are read from %s", (_, written) => {
    expect(labels.parse(written)).toEqual({ value: { commit: "3f2a", build: "77" } });
  });

  it("may contain an equals sign, and may be empty", () => {
    expect(labels.parse(["query=a=b", "empty="])).toEqual({ value: { query: "a=b", empty: "" } });
  });

  it.each<[string, unknown, string]>([
    ["no pair", ["commit"], '"commit" is not key=value'],
    ["a key with a space", { "a b": "c" }, '"a b" is not a valid key'],
    ["a mapping instead of text", { a: { b: 1 } }, "the value of a is not text"],
    ["a number instead of a mapping", 7, "7 is not a mapping"],
    ["a long value", { a: "x".repeat(201) }, "the value of a is longer than 200 characters"],
    ["very many", Array.from({ length: 21 }, (_, at) => `k${at}=v`), "21 labels exceed the limit of 20"],
  ])("%s is rejected", (_, written, problem) => {
    expect(labels.parse(written)).toEqual({ problem });
  });
});
