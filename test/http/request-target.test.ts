import { describe, expect, it } from "vitest";
import { pathOf, queryValue } from "../../src/http/request-target.ts";

describe("queryValue", () => {
  it("returns the first value of that name, byte for byte", () => {
    expect(queryValue("/p?a=1&b=%20&a=2&c", "a")).toBe("1");
    expect(queryValue("/p?a=1&b=%20=x", "b")).toBe("%20=x");
    expect(queryValue("/p?c&a", "c")).toBe("");
    expect(queryValue("/p?ab=1", "a")).toBeUndefined();
    expect(queryValue("/a=1", "a")).toBeUndefined();
  });
});

describe("pathOf", () => {
  it("ends at the first question mark", () => {
    expect([pathOf("/a?b?c"), pathOf("/a"), pathOf("/?")]).toEqual(["/a", "/a", "/"]);
  });
});
