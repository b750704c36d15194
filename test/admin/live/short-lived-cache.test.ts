import { expect, it } from "vitest";
import { ShortLivedCache } from "../../../src/admin/live/short-lived-cache.ts";

function createCountingCache() {
  let [now, computed] = [0, 0];
  const cache = new ShortLivedCache<number>(() => now);
  return {
    cache,
    advance: (ms: number) => (now += ms),
    get: (...key: string[]) => cache.get(key, () => (computed += 1)),
  };
}

it("computes each key once until it is cleared", () => {
  const { cache, get } = createCountingCache();
  expect([get("run", "v2"), get("run", "v3"), get("run", "v2"), get("run,v2")]).toEqual([1, 2, 1, 3]);
  cache.clear();
  expect(get("run", "v2")).toBe(4);
});

it("keeps a value for less than a second", () => {
  const { advance, get } = createCountingCache();
  expect(get("run")).toBe(1);
  advance(999);
  expect(get("run")).toBe(1);
  advance(1);
  expect(get("run")).toBe(2);
});

it("does not cache errors", () => {
  const { cache, get } = createCountingCache();
  expect(() => cache.get(["run"], JSON.parse.bind(undefined, "{"))).toThrow(SyntaxError);
  expect(get("run")).toBe(1);
});
