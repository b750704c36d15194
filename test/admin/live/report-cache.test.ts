import { expect, it } from "vitest";
import { ReportCache } from "../../../src/admin/live/report-cache.ts";

function counting() {
  let [now, computed] = [0, 0];
  const cache = new ReportCache<number>(() => now);
  return {
    cache,
    after: (ms: number) => (now += ms),
    get: (...key: string[]) => cache.get(key, () => (computed += 1)),
  };
}

it("an answer is computed once for each key, until something is committed", () => {
  const { cache, get } = counting();
  expect([get("run", "v2"), get("run", "v3"), get("run", "v2"), get("run,v2")]).toEqual([1, 2, 1, 3]);
  cache.clear();
  expect(get("run", "v2")).toBe(4);
});

it("an answer is kept for less than a second, for rules expire and other processes write without a word", () => {
  const { after, get } = counting();
  expect(get("run")).toBe(1);
  after(999);
  expect(get("run")).toBe(1);
  after(1);
  expect(get("run")).toBe(2);
});

it("what failed is not kept", () => {
  const { cache, get } = counting();
  expect(() => cache.get(["run"], JSON.parse.bind(undefined, "{"))).toThrow(SyntaxError);
  expect(get("run")).toBe(1);
});
