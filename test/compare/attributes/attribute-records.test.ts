import { describe, expect, it } from "vitest";
import { stratumOf } from "../../../src/compare/attributes/stratum.ts";
import { sampleDraw } from "../../../src/lib/stable-draw.ts";
import type { PackedExchanges } from "../../../src/model/batch.ts";
import type { Exchange } from "../../../src/model/capture.ts";
import type { DifferingField } from "../../../src/model/difference.ts";
import { batch, capture, exchange, failed, identical, mirrored } from "../build-exchanges.ts";
import { comparerWith, recordsOf, valuesOf } from "./compare-fixture.ts";

const bodyField = (path: string): DifferingField => ({ section: "body", path, kind: "value", mark: "raw" });

/** The candidate's member `a` or `b` has another value. */
function differing(id: string, member: "a" | "b", change: Partial<Exchange> = {}): Exchange {
  const bodies = { a: '{"a":2,"b":1}', b: '{"a":1,"b":2}' };
  return exchange({ id, primary: capture('{"a":1,"b":1}'), candidates: [mirrored(bodies[member])], ...change });
}

describe("the records of a batch", () => {
  it("name exchange, endpoint, stratum, draw and fields", () => {
    const records = recordsOf([
      differing("one", "a", { at: 5, target: "/users/7?currency=EUR", route: "shop" }),
      differing("two", "b", { secondary: mirrored('{"a":1,"b":3}', { subset: "twin" }) }),
    ]);
    expect(records).toMatchObject([
      {
        id: "one",
        at: 5,
        route: "shop",
        endpoint: "GET /users/{id}",
        candidate: "v2",
        draw: sampleDraw("one"),
        limit: 1,
        paired: false,
        stratum: stratumOf([bodyField("$.a")]),
        fields: [bodyField("$.a")],
        cut: [],
      },
      {
        id: "two",
        paired: true,
        stratum: stratumOf([bodyField("$.b")]),
        fields: [{ ...bodyField("$.b"), mark: "both" }],
      },
    ]);
    expect(valuesOf(records[0] ?? { attributes: [] }, "query")).toEqual({ currency: "EUR" });
    expect(valuesOf(records[0] ?? { attributes: [] }, "response-body")).toEqual({ "$.a": 1, "$.b": 1 });
  });

  it("every candidate has one; an exchange whose primary failed has none, one whose candidate failed has", () => {
    const primary = capture('{"a":1}');
    const candidates = [mirrored('{"a":2}'), mirrored('{"a":3}', { subset: "v3" }), failed("timeout", "v4")];
    const records = recordsOf([
      exchange({ id: "one", primary, candidates }),
      exchange({ id: "two", primary: failed("refused", "v1").capture, candidates }),
    ]);
    expect(records.map(({ id, candidate }) => [id, candidate])).toEqual([
      ["one", "v2"],
      ["one", "v3"],
      ["one", "v4"],
    ]);
    expect(records[2]?.fields).toMatchObject([{ section: "transport" }]);
  });

  it("there are none if attributes are not kept, and exchanges count all the same", () => {
    const { attributes, outcomes } = comparerWith({ enabled: false }).compare(batch(differing("one", "a")));
    expect([attributes.length, outcomes.length]).toEqual([0, 1]);
  });

  it("a stratum has those with the smallest draws; a new run starts again", () => {
    const comparer = comparerWith();
    const all = Array.from({ length: 600 }, (_, index) => differing(`e${index}`, "a", { at: 10 * index }));
    const taken = recordsOf(all, comparer);
    const smallest = all.map(({ id }) => sampleDraw(id)).toSorted((one, other) => one - other);
    const kept = taken.map(({ draw }) => draw).toSorted((one, other) => one - other);
    expect(kept.slice(0, 96)).toEqual(smallest.slice(0, 96));
    expect(taken.length).toBeLessThan(400);
    const again = recordsOf(all.slice(0, 50), comparer);
    expect(again.every(({ draw }) => draw < (smallest[96] ?? 0))).toBe(true);
    comparer.beginRun();
    expect(recordsOf(all.slice(0, 50), comparer)).toHaveLength(50);
  });

  it("an exchange whose attributes cannot be read is skipped, and neither counted nor kept", () => {
    const sent = batch(differing("one", "a", { headers: ["X-Broken", "broken"] }), differing("two", "a"));
    const { texts, ...rows } = sent.exchanges as PackedExchanges;
    const thrower: unknown = {
      trim() {
        throw new Error("broken");
      },
    };
    const exchanges = { ...rows, texts: texts.map((text) => (text === "broken" ? (thrower as string) : text)) };
    const { attributes, accounting, outcomes, samples } = comparerWith().compare({ ...sent, exchanges });
    expect(attributes.map(({ id }) => id)).toEqual(["two"]);
    expect(samples.map(({ id }) => id)).toEqual(["two"]);
    expect(outcomes.map(({ count }) => count)).toEqual([1]);
    expect(accounting).toMatchObject([{ fate: "skipped", reason: "error", count: 1 }]);
  });

  it("the result does not refer to the batch's memory", () => {
    const one = batch(differing("one", "a"));
    const { attributes } = comparerWith().compare(one);
    const before = structuredClone(attributes);
    if (one.slab !== null) new Uint8Array(one.slab).fill(0);
    expect(attributes).toEqual(before);
  });

  it("exchanges that match are controls if their draw is below their limit, which travels with them", () => {
    const one = exchange({ id: "one", candidates: [identical()], target: "/users/7", protocol: "HTTP/2" });
    const draw = sampleDraw("one");
    const noisy = {
      ...one,
      id: "two",
      candidates: [mirrored("{}")],
      secondary: mirrored('{"a":1}', { subset: "twin" }),
    };
    const records = recordsOf([
      one,
      { ...one, controlLimit: draw },
      { ...one, controlLimit: draw + 0.001 },
      { ...noisy, controlLimit: 1 },
    ]);
    expect(records).toMatchObject([
      { id: "one", stratum: "", draw, limit: draw + 0.001, fields: [] },
      { id: "two", stratum: "", limit: 1, paired: true, fields: [{ path: "$.a", mark: "noise" }] },
    ]);
    expect(valuesOf(records[0] ?? { attributes: [] }, "client")).toEqual({ protocol: "HTTP/2" });
  });

  it("of a candidate that differs and one that matches, each has its own stratum and limit", () => {
    const primary = capture('{"a":1}');
    const candidates = [mirrored('{"a":2}'), identical("v3")];
    const records = recordsOf([exchange({ id: "one", primary, candidates, controlLimit: 0.999 })]);
    expect(records.map(({ candidate, limit, stratum }) => [candidate, limit, stratum])).toEqual([
      ["v2", 1, stratumOf([bodyField("$.a")])],
      ["v3", 0.999, ""],
    ]);
  });
});
