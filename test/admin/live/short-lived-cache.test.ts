import { expect, it } from "vitest";
import { ShortLivedCache } from "../../../src/admin/live/short-lived-cache.ts";

function createCountingCache() {
  let [now, computed] = [0, 0];
  const cache = new ShortLivedCache<number>(() => now);
  return {
    cache,
    advance: (ms: number) => (now += ms),
    get: (...key: string[]) => cache.get(key, async () => (computed += 1)),
  };
}

it("computes each key once until it is cleared, also for those that ask at the same time", async () => {
  const { cache, get } = createCountingCache();
  const values = Promise.all([get("run", "v2"), get("run", "v3"), get("run", "v2"), get("run,v2")]);
  expect(await values).toEqual([1, 2, 1, 3]);
  expect(await get("run", "v2")).toBe(1);
  cache.clear();
  expect(await get("run", "v2")).toBe(4);
});

it("keeps a value for less than a second", async () => {
  const { advance, get } = createCountingCache();
  expect(await get("run")).toBe(1);
  advance(999);
  expect(await get("run")).toBe(1);
  advance(1);
  expect(await get("run")).toBe(2);
});

it("does not cache errors", async () => {
  const { cache, get } = createCountingCache();
  await expect(cache.get(["run"], async () => JSON.parse("{") as number)).rejects.toThrow(SyntaxError);
  expect(await get("run")).toBe(1);
});
