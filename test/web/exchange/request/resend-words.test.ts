import { expect, it } from "vitest";
import { causeLook, leftOutText, outcomeLook } from "../../../../web/src/exchange/resend/resend-words.ts";
import { leftOutOf } from "../../../../web/src/send/readiness.ts";

const MASKED = { masked: ["header authorization", "cookie sid", "cookie theme"] };

it("no difference proves nothing if a part of the request was left out", () => {
  const leftOut = leftOutOf(MASKED, { "cookie sid": "7", "cookie theme": "" });
  expect(leftOut).toEqual(["header authorization", "cookie theme"]);
  expect(outcomeLook("none", leftOut)).toEqual({
    glyph: "?",
    word: "no difference without what was left out",
    badge: "inconclusive",
  });
  expect(causeLook(false, leftOut)).toEqual({ glyph: "?", word: "does not show without what was left out" });
  expect(leftOutText(leftOut)).toMatch(/^Sent without header authorization(,| and) cookie theme: /);
});

it("with all of its parts, no difference is good news, and a difference is one in any case", () => {
  const leftOut = leftOutOf(MASKED, { "header authorization": "x", "cookie sid": "7", "cookie theme": "dark" });
  expect(leftOut).toEqual([]);
  expect(leftOutText(leftOut)).toBeNull();
  expect(outcomeLook("none", leftOut)).toEqual({ glyph: "✓", word: "no difference now", badge: "pass" });
  expect(causeLook(false, leftOut)).toEqual({ glyph: "✓", word: "does not show now" });
  expect(outcomeLook("same", ["cookie sid"])).toEqual({ glyph: "✗", word: "differs again", badge: "fail" });
  expect(causeLook(true, ["cookie sid"])).toEqual({ glyph: "✗", word: "shows again" });
});
