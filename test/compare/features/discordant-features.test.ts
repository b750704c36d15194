import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import type { FeatureCount } from "../../../src/model/difference.ts";
import { batch, capture, CONFIG, exchange, KEY, mirrored } from "../build-exchanges.ts";

type Bodies = Record<"primary" | "candidate" | "secondary", unknown>;
const NOW = Date.UTC(2026, 0, 1);
const WARM_UP = 16;

/** The feature counts of paired exchanges, after as many exchanges as a thread needs to know a field. */
function countFeatures(
  all: readonly Bodies[],
  options: { secondary?: string; headers?: boolean } = {},
): FeatureCount[] {
  const leg = (value: unknown): [string, object] =>
    options.headers === true
      ? ["{}", { headers: ["Content-Type", "application/json", ...(value as string[])] }]
      : [JSON.stringify(value), {}];
  const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
  const exchanges = all.map(({ primary, candidate, secondary }, index) =>
    exchange({
      id: `e${index}`,
      at: NOW,
      primary: capture(...leg(primary)),
      candidates: [mirrored(leg(candidate)[0], leg(candidate)[1])],
      secondary: mirrored(leg(secondary)[0], { subset: options.secondary ?? "twin", ...leg(secondary)[1] }),
    }),
  );
  return comparer
    .compare(batch(...exchanges))
    .features.map(
      ({ route: _route, endpoint: _endpoint, candidate: _candidate, slot: _slot, ...count }) => count as FeatureCount,
    );
}

/** As many exchanges as given; the values of each role by the number of the exchange. */
function repeat(count: number, bodies: (index: number) => Bodies): Bodies[] {
  return Array.from({ length: WARM_UP + count }, (_, index) => bodies(index - WARM_UP));
}

/** A number between 100 and 200 without a pattern. */
function draw(index: number): number {
  const wave = Math.sin(index * 12.9898) * 43_758.5453;
  return 100 + Math.floor((wave - Math.floor(wave)) * 100);
}

function only(counts: readonly FeatureCount[], feature: string): number[] {
  return counts
    .filter((count) => count.feature === feature)
    .flatMap(({ candidateOnly, secondaryOnly }) => [candidateOnly, secondaryOnly]);
}

describe("features of fields that differ", () => {
  it("counts a time far from now in a field that differs in every exchange", () => {
    const counts = countFeatures(
      repeat(10, (index) => ({
        primary: at(index),
        candidate: index === 5 ? { at: "1970-01-01T00:00:00.000Z" } : at(index + 100),
        secondary: at(index + 200),
      })),
    );
    expect(counts).toEqual([
      { section: "body", path: "$.at", feature: "time past far", candidateOnly: 1, secondaryOnly: 0 },
      { section: "body", path: "$.at", feature: "time now", candidateOnly: 0, secondaryOnly: 1 },
    ]);
  });

  it("counts null, types and formats, with the primary's value for a side that does not differ", () => {
    const counts = countFeatures(
      repeat(3, (index) => ({
        primary: { ref: uuid(index) },
        candidate: { ref: index === 1 ? null : uuid(index) },
        secondary: { ref: index < 0 ? uuid(index + 50) : uuid(index) },
      })),
    );
    expect(only(counts, "form null")).toEqual([1, 0]);
    expect(only(counts, "form uuid")).toEqual([0, 1]);
  });

  it("learns frequent short values from the primary, and names them", () => {
    const tiers = ["gold", "silver"];
    const counts = countFeatures(
      repeat(60, (index) => ({
        primary: { tier: tiers[Math.abs(index) % 2] },
        candidate: { tier: index % 3 === 0 ? "platinum" : "gold" },
        secondary: { tier: tiers[Math.abs(index >> 1) % 2] },
      })),
    );
    expect(counts.map(({ feature }) => feature).toSorted()).toEqual(
      expect.arrayContaining(['value "gold"', 'value "silver"', "value other"]),
    );
    expect(counts.some(({ feature }) => feature.includes("platinum"))).toBe(false);
  });

  it("compares numbers by sign, size and distance, except where they count up or belong to a process", () => {
    const prices = countFeatures(
      repeat(4, (index) => ({
        primary: { n: draw(index) },
        candidate: { n: index === 2 ? -5_000 : draw(index + 31) },
        secondary: { n: draw(index + 57) },
      })),
    );
    expect(only(prices, "sign negative")).toEqual([1, 0]);
    expect(only(prices, "size 3")).toEqual([1, 0]);
    const counters = countFeatures(
      repeat(40, (index) => ({
        primary: { n: 1_000 + index },
        candidate: { n: 20 + index },
        secondary: { n: 900 + index },
      })),
    );
    expect(counters).toEqual([]);
  });

  it("does not compare sizes with a self-check, whose second request finds a later state of the same process", () => {
    const bodies = repeat(20, (index) => ({
      primary: { n: draw(index) },
      candidate: { n: draw(index) - 50 },
      secondary: { n: draw(index) + 1_000 },
    }));
    expect(countFeatures(bodies, { secondary: "v1" })).toEqual([]);
    expect(countFeatures(bodies).map(({ feature }) => feature)).toContain("change lower");
  });

  it("does not compare values that stay the same in each instance", () => {
    const counts = countFeatures(
      repeat(40, () => ({ primary: { pod: "a-1" }, candidate: { pod: "candidate-17" }, secondary: { pod: "b-22" } })),
    );
    expect(counts).toEqual([]);
  });

  it("counts the number of elements of lists", () => {
    const counts = countFeatures(
      repeat(3, (index) => ({
        primary: list(4 + (Math.abs(index) % 3)),
        candidate: index === 1 ? list(0) : list(4 + (Math.abs(index + 1) % 3)),
        secondary: list(4 + (Math.abs(index + 2) % 3)),
      })),
    );
    expect(only(counts, "elements 0")).toEqual([1, 0]);
    expect(counts.every(({ path }) => path === "$.items[*]")).toBe(true);
  });

  it("compares header fields like body fields", () => {
    const counts = countFeatures(
      repeat(40, (index) => ({
        primary: ["X-Cache", Math.abs(index) % 2 === 0 ? "HIT" : "MISS"],
        candidate: index === 39 ? ["X-Cache", ""] : ["X-Cache", Math.abs(index) % 3 === 0 ? "HIT" : "MISS"],
        secondary: ["X-Cache", Math.abs(index) % 4 < 2 ? "HIT" : "MISS"],
      })),
      { headers: true },
    );
    expect(only(counts, "form empty")).toEqual([1, 0]);
  });

  it("ignores exchanges whose bodies were not compared, and those without a secondary", () => {
    const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
    const exchanges = Array.from({ length: 60 }, (_, index) => one(index, index >= WARM_UP ? { status: 500 } : {}));
    expect(comparer.compare(batch(...exchanges)).features).toEqual([]);
  });
});

function at(offset: number): object {
  return { at: new Date(NOW + offset).toISOString() };
}

function uuid(index: number): string {
  return `0b0e4f8a-5a3c-4b7e-9d0a-${String(index + 100_000_000_000)}`;
}

function list(length: number): object {
  return { items: Array.from({ length }, () => 1) };
}

function one(index: number, change: object): ReturnType<typeof exchange> {
  return exchange({
    id: `e${index}`,
    primary: capture(`{"n":${index}}`),
    candidates: [mirrored(`{"n":null}`, change)],
    secondary: index < 40 ? mirrored(`{"n":${index * 3}}`) : null,
  });
}

describe("secrets in features", () => {
  const SECRETS = ["S3cr3tValue", "hunter2", "tok-1", "Swordfish"];

  it.each([
    ["a sensitive name", (value: string) => ({ password: value })],
    ["below a sensitive name", (value: string) => ({ tokens: { current: value } })],
    ["a name next to it", (value: string) => ({ fields: [{ name: "password", value }] })],
    ["a column title", (value: string) => ({ columns: ["id", "password"], rows: [[1, value]] })],
    ["a credential in a short text", (value: string) => ({ note: `pwd=${value.slice(0, 8)}` })],
    ["a cookie", (value: string) => ({ cookies: { sid: value } })],
  ])("never contain a masked value: %s", (_, body) => {
    const counts = countFeatures(
      repeat(200, (index) => ({
        primary: body(SECRETS[Math.abs(index) % 2] ?? ""),
        candidate: body(SECRETS[Math.abs(index + (index >> 1)) % 4] ?? ""),
        secondary: body(SECRETS[Math.abs(index >> 2) % 2] ?? ""),
      })),
    );
    const text = JSON.stringify(counts);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });

  it("never contain long, random or unusual values", () => {
    const values = ["a-very-long-value-of-an-enum", "aZ3kQ9xT", "4111111111", "Ünïcode"];
    const counts = countFeatures(
      repeat(200, (index) => ({
        primary: { v: values[Math.abs(index) % 4] },
        candidate: { v: values[Math.abs(index * 3 + (index >> 2)) % 4] },
        secondary: { v: values[Math.abs(index >> 1) % 4] },
      })),
    );
    const text = JSON.stringify(counts);
    for (const value of values) expect(text).not.toContain(value);
  });
});
