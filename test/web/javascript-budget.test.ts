import { expect, it, onTestFinished } from "vitest";
import { initialJavaScriptKb, JAVASCRIPT_BUDGET_KB } from "../bench/web/initial-javascript.ts";
import { buildDashboard } from "../e2e/dashboard.ts";

it(`the dashboard loads at most ${JAVASCRIPT_BUDGET_KB} kB of compressed JavaScript before it shows anything`, async () => {
  const built = await buildDashboard();
  onTestFinished(() => built.remove());
  expect(initialJavaScriptKb(built.webRoot)).toBeLessThan(JAVASCRIPT_BUDGET_KB);
});
