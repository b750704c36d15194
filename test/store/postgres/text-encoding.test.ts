import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeText, encodeText, positionDigest } from "../../../src/store/postgres/text-encoding.ts";

it("leaves text as it is unless PostgreSQL cannot store it", () => {
  expect(encodeText("GET /users/{id}?q=ü😀\n")).toBe("GET /users/{id}?q=ü😀\n");
  expect(encodeText("a\0b")).toBe("a\u001A0000b");
  expect(encodeText("\uD83D and \uDE00")).toBe("\u001Ad83d and \u001Ade00");
  expect(encodeText("\u001A0000")).toBe("\u001A001a0000");
});

it("is reversible for every text, and gives text that PostgreSQL stores", () => {
  const unit = fc.constantFrom("\0", "\u001A", "\uD800", "\uDC00", "0", "1a", "d800", "f", "é", "😀");
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const text = units.join("");
      const code = encodeText(text);
      expect(decodeText(code)).toBe(text);
      expect(code).not.toContain("\0");
      expect(code.isWellFormed()).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it("tells path segments apart whose texts are the same when they are joined", () => {
  const one = positionDigest({ route: "a\nGET", method: "GET", parent: "/x" });
  const other = positionDigest({ route: "a", method: "GET\nGET", parent: "/x" });
  expect(one).not.toBe(other);
  expect(one).toMatch(/^[\w-]{43}$/);
});
