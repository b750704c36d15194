import { expect, it } from "vitest";
import { causeLook, OUTCOME_LOOKS } from "../../../../web/src/exchange/resend/resend-words.ts";

it("no difference proves nothing if a part of the request was left out", () => {
  expect(OUTCOME_LOOKS.unknown).toMatchObject({ glyph: "?", badge: "inconclusive" });
  expect(causeLook(false, ["cookie sid"])).toEqual({ glyph: "?", word: "does not show without what was left out" });
});

it("with all of its parts, no difference is good news, and a difference is one in any case", () => {
  expect(OUTCOME_LOOKS.none).toMatchObject({ glyph: "✓", badge: "pass" });
  expect(causeLook(false, [])).toEqual({ glyph: "✓", word: "does not show now" });
  expect(causeLook(true, ["cookie sid"])).toEqual({ glyph: "✗", word: "shows again" });
});
