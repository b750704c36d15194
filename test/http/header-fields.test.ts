import { describe, expect, it } from "vitest";
import { cookieValue, fieldValue, pathOf, queryValue } from "../../src/http/header-fields.ts";

describe("fieldValue", () => {
  it("finds a name in any case, and joins several values", () => {
    expect(fieldValue(["A", "1", "X-Y", "2", "x-y", "3"], "x-y")).toBe("2,3");
    expect(fieldValue(["Cookie", "a=1", "cookie", "b=2"], "cookie")).toBe("a=1; b=2");
    expect(fieldValue(["X", ""], "x")).toBe("");
    expect(fieldValue(["value", "x"], "x")).toBeUndefined();
  });
});

describe("cookieValue", () => {
  it("gives the first of that name, as it was sent", () => {
    const raw = ["Cookie", "a=1; session=x=y; b; session=z", "cookie", "late=2"];
    expect(cookieValue(raw, "session")).toBe("x=y");
    expect(cookieValue(raw, "late")).toBe("2");
    expect(cookieValue(raw, "b")).toBeUndefined();
    expect(cookieValue([], "a")).toBeUndefined();
  });
});

describe("queryValue", () => {
  it("gives the first of that name, byte for byte", () => {
    expect(queryValue("/p?a=1&b=%20&a=2&c", "a")).toBe("1");
    expect(queryValue("/p?a=1&b=%20=x", "b")).toBe("%20=x");
    expect(queryValue("/p?c&a", "c")).toBe("");
    expect(queryValue("/p?ab=1", "a")).toBeUndefined();
    expect(queryValue("/a=1", "a")).toBeUndefined();
  });
});

describe("pathOf", () => {
  it("ends before the first question mark", () => {
    expect([pathOf("/a?b?c"), pathOf("/a"), pathOf("/?")]).toEqual(["/a", "/a", "/"]);
  });
});
