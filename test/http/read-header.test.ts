import { describe, expect, it } from "vitest";
import { cookieValue, fieldValue } from "../../src/http/read-header.ts";

describe("fieldValue", () => {
  it("ignores the case of the name and joins several values", () => {
    expect(fieldValue(["A", "1", "X-Y", "2", "x-y", "3"], "x-y")).toBe("2,3");
    expect(fieldValue(["Cookie", "a=1", "cookie", "b=2"], "cookie")).toBe("a=1; b=2");
    expect(fieldValue(["X", ""], "x")).toBe("");
    expect(fieldValue(["value", "x"], "x")).toBeUndefined();
  });
});

describe("cookieValue", () => {
  it("returns the first cookie of that name, as it was sent", () => {
    const raw = ["Cookie", "a=1; session=x=y; b; session=z", "cookie", "late=2"];
    expect(cookieValue(raw, "session")).toBe("x=y");
    expect(cookieValue(raw, "late")).toBe("2");
    expect(cookieValue(raw, "b")).toBeUndefined();
    expect(cookieValue([], "a")).toBeUndefined();
  });
});
