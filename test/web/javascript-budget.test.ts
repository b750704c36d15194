import { expect, inject, it } from "vitest";
import { initialJavaScriptKb, JAVASCRIPT_BUDGET_KB } from "../bench/web/initial-javascript.ts";

it(`the dashboard loads at most ${JAVASCRIPT_BUDGET_KB} kB of compressed JavaScript before it shows anything`, () => {
  expect(initialJavaScriptKb(inject("webRoot"))).toBeLessThan(JAVASCRIPT_BUDGET_KB);
});
