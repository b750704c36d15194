import { createHash } from "node:crypto";
import { assert, property, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import { createMapLearner, mapsNamedBy } from "../../../src/compare/tree/keys/map-paths.ts";
import { batch, capture, CONFIG, exchange, KEY, mirrored } from "../build-exchanges.ts";

/** A key without a pattern that a rule of form would recognize. */
function letters(seed: number): string {
  const digest = createHash("sha256").update(String(seed)).digest();
  return String.fromCharCode(...digest.subarray(0, 8).map((byte) => 103 + (byte % 20)));
}

function fieldsOf(bodies: readonly Record<"primary" | "candidate" | "secondary", unknown>[]): string[][] {
  const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
  return bodies.map(({ primary, candidate, secondary }, index) => {
    const one = exchange({
      id: `e${index}`,
      primary: capture(JSON.stringify(primary)),
      candidates: [mirrored(JSON.stringify(candidate))],
      secondary: mirrored(JSON.stringify(secondary)),
    });
    return comparer
      .compare(batch(one))
      .outcomes.flatMap(({ fields }) => fields.map(({ path, kind, mark }) => `${path} ${kind} ${mark}`));
  });
}

describe("keys that keep arriving", () => {
  it("become one path within a few exchanges", () => {
    const bodies = Array.from({ length: 20 }, (_, index) => ({
      primary: { map: map(3 * index), name: "a" },
      candidate: { map: map(3 * index + 1), name: "b" },
      secondary: { map: map(3 * index + 2), name: "a" },
    }));
    const fields = fieldsOf(bodies);
    expect(fields[0]?.length).toBe(16);
    for (const later of fields.slice(6)) {
      expect(later).toEqual(["$.map{*} extra both", "$.map{*} missing both", "$.name value raw"]);
    }
  });

  it("stay fields of a record when they come again: optional members", () => {
    const names = Array.from({ length: 30 }, (_, at) => letters(at));
    const record = (seed: number): object =>
      Object.fromEntries(
        names.filter((_, at) => (Math.imul(seed * 31 + at, 2_654_435_761) >>> 9) % 3 > 0).map((key) => [key, 1]),
      );
    const fields = fieldsOf(
      Array.from({ length: 100 }, (_, index) => ({
        primary: record(3 * index),
        candidate: record(3 * index + 1),
        secondary: record(3 * index + 2),
      })),
    );
    expect(fields.flat().filter((field) => field.includes("{*}"))).toEqual([]);
  });

  it("stay fields when only one side has new ones", () => {
    const maps = createMapLearner()("GET /");
    for (let at = 0; at < 1_000; at++) maps.observe("$", "right", letters(at));
    expect(maps.has("$")).toBe(false);
  });

  it("are learned for each endpoint, however many keys and objects there are", () => {
    const learner = createMapLearner();
    for (let at = 0; at < 1_000; at++) {
      for (const path of [`$.m${at}`, "$"]) learner(`GET /${at}`).observe(path, "left", letters(at));
      learner("GET /a").observe("$.m", "left", letters(at));
      learner("GET /a").observe("$.m", "right", letters(at + 5_000));
    }
    expect(learner("GET /a").has("$.m")).toBe(true);
    expect(learner("GET /b").has("$.m")).toBe(false);
  });
});

function map(seed: number): object {
  return Object.fromEntries(Array.from({ length: 5 }, (_, at) => [letters(seed * 5 + at), at]));
}

describe("mapsNamedBy", () => {
  it("finds every map above a known difference", () => {
    const maps = mapsNamedBy(["$.a{*}.b{*}.c", "$['x.y']{*}"]);
    expect(["$", "$.a", "$.a{*}", "$.a{*}.b", "$['x.y']"].map((path) => maps.has(path))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  it("leaves objects alone in which a named member differs as well", () => {
    assert(
      property(stringMatching(/^[a-z]{1,8}$/), (name) => {
        expect(mapsNamedBy(["$.m{*}", `$.m.${name}`]).has("$.m")).toBe(false);
      }),
    );
  });
});
