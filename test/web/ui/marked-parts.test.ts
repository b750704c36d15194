import { expect, it } from "vitest";
import { markedParts } from "../../../web/src/ui/text/marked-parts.ts";

it("code stands between backticks, except those of captured values", () => {
  expect(markedParts("remove `a=1` and it is gone", ["1"])).toEqual(["remove ", "a=1", " and it is gone"]);
  const value = "<img src=x>`$(id)`";
  expect(markedParts(`remove \`x: ${value}\` and it is gone`, [value])).toEqual([
    "remove ",
    `x: ${value}`,
    " and it is gone",
  ]);
  expect(markedParts("\uE000 stays", [])).toEqual(["\uE000 stays"]);
});
