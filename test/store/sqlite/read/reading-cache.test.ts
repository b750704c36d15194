import { expect, it } from "vitest";
import { LastReading, type Place } from "../../../../src/store/sqlite/read/reading-cache.ts";

const PLACE: Place = { key: 1, candidate: "v2", route: "default", endpoint: "GET /a" };

function lastReading(maxSize = 10): LastReading<string, readonly string[]> {
  return new LastReading<string, readonly string[]>({
    decode: (raw, { endpoint }) => [endpoint, raw],
    isSame: (one, other) => one === other,
    sizeOf: (raw) => raw.length,
    maxSize,
  });
}

it("what has not changed is the same object, what has is decoded anew", () => {
  const last = lastReading();
  const first = last.of(PLACE, "x");
  expect(first).toEqual({ route: "default", endpoint: "GET /a", rows: ["GET /a", "x"] });
  expect(last.of({ ...PLACE }, "x")).toBe(first);
  expect(last.of(PLACE, "y").rows).toEqual(["GET /a", "y"]);
  expect(last.of(PLACE, "x")).not.toBe(first);
});

it("an endpoint that got the key of another is not taken for it", () => {
  const last = lastReading();
  last.of(PLACE, "x");
  expect(last.of({ ...PLACE, endpoint: "GET /b" }, "x").rows).toEqual(["GET /b", "x"]);
  const other = last.of({ ...PLACE, route: "other" }, "x");
  expect(other).toMatchObject({ route: "other", rows: ["GET /a", "x"] });
  expect(last.of({ ...PLACE, route: "other", candidate: "v3" }, "x")).not.toBe(other);
});

it("removes the least recently used endpoint when the cache is full", () => {
  const last = lastReading(10);
  const [four, five] = [last.of(PLACE, "4444"), last.of({ ...PLACE, key: 2 }, "55555")];
  expect(last.of(PLACE, "4444")).toBe(four);
  const again = last.of(PLACE, "44444");
  expect([last.of(PLACE, "44444"), last.of({ ...PLACE, key: 2 }, "55555")]).toEqual([again, five]);
  expect(last.of({ ...PLACE, key: 2 }, "55555")).toBe(five);
  last.of({ ...PLACE, key: 3 }, "1");
  expect(last.of({ ...PLACE, key: 2 }, "55555")).toBe(five);
  expect(last.of(PLACE, "44444")).not.toBe(again);
});
