import { expect, it } from "vitest";
import { DecodedRowsCache, type EndpointRow } from "../../../src/store/packing/decoded-rows-cache.ts";

const ENDPOINT: EndpointRow = { key: 1, candidate: "v2", route: "default", endpoint: "GET /a" };

function createCache(maxSize = 10): DecodedRowsCache<string, readonly string[]> {
  return new DecodedRowsCache<string, readonly string[]>({
    decode: (raw, { endpoint }) => [endpoint, raw],
    isSame: (one, other) => one === other,
    sizeOf: (raw) => raw.length,
    maxSize,
  });
}

it("returns the same object until the rows change", () => {
  const cache = createCache();
  const first = cache.decode(ENDPOINT, "x");
  expect(first).toEqual({ route: "default", endpoint: "GET /a", rows: ["GET /a", "x"] });
  expect(cache.decode({ ...ENDPOINT }, "x")).toBe(first);
  expect(cache.decode(ENDPOINT, "y").rows).toEqual(["GET /a", "y"]);
  expect(cache.decode(ENDPOINT, "x")).not.toBe(first);
});

it("does not confuse an endpoint with a deleted one of the same key", () => {
  const cache = createCache();
  cache.decode(ENDPOINT, "x");
  expect(cache.decode({ ...ENDPOINT, endpoint: "GET /b" }, "x").rows).toEqual(["GET /b", "x"]);
  const other = cache.decode({ ...ENDPOINT, route: "other" }, "x");
  expect(other).toMatchObject({ route: "other", rows: ["GET /a", "x"] });
  expect(cache.decode({ ...ENDPOINT, route: "other", candidate: "v3" }, "x")).not.toBe(other);
});

it("removes the least recently used endpoint when the cache is full", () => {
  const cache = createCache(10);
  const [four, five] = [cache.decode(ENDPOINT, "4444"), cache.decode({ ...ENDPOINT, key: 2 }, "55555")];
  expect(cache.decode(ENDPOINT, "4444")).toBe(four);
  const again = cache.decode(ENDPOINT, "44444");
  expect([cache.decode(ENDPOINT, "44444"), cache.decode({ ...ENDPOINT, key: 2 }, "55555")]).toEqual([again, five]);
  expect(cache.decode({ ...ENDPOINT, key: 2 }, "55555")).toBe(five);
  cache.decode({ ...ENDPOINT, key: 3 }, "1");
  expect(cache.decode({ ...ENDPOINT, key: 2 }, "55555")).toBe(five);
  expect(cache.decode(ENDPOINT, "44444")).not.toBe(again);
});
