import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ResultBatch } from "../../../src/model/batch.ts";
import { decodeEntry, encodeEntry } from "../../../src/store/postgres/entry-payload.ts";
import { attributes, batch, field, latency, leg, NOON, outcome, received, sample, SLOT } from "../store-fixture.ts";

const PLACE = { route: "default", endpoint: "GET /users/{id}", candidate: "v2" };
const ODD = "\0 \uD800 ü😀 \u001A __proto__";

const FULL: ResultBatch = batch("thread/7", {
  accounting: [received(3), received(2, { fate: "skipped", reason: "timeout" })],
  outcomes: [
    outcome({ count: 2, level: 3, queries: new Map([[ODD, 2]]) }),
    outcome({
      fields: [field(ODD), field("$.b", "noise")],
      paired: true,
      overflow: true,
      queries: new Map([
        ["", 1],
        ["__proto__", 4],
      ]),
    }),
  ],
  latencies: [latency({ series: "ratio", bucket: -2_900 }), latency({ bucket: 0, count: 2 ** 40 })],
  relations: [{ ...PLACE, section: "body", path: ODD, kind: "value", relation: "rounding", count: 1 }],
  statuses: [
    { ...PLACE, slot: SLOT, role: "secondary", primary: 200, other: 0, count: 1 },
    { ...PLACE, slot: SLOT, role: "candidate", primary: 200, other: 503, count: 2, level: 14 },
  ],
  failures: [{ ...PLACE, role: "candidate", kind: "refused", reason: ODD, address: "", count: 9 }],
  features: [
    { ...PLACE, slot: SLOT + 1, section: "body", path: "$.a", feature: "null", candidateOnly: 0, secondaryOnly: 5 },
  ],
  pacing: [{ ...PLACE, slot: SLOT, backToBack: 11 }],
  ruleHits: [{ ...PLACE, rule: "r1", count: 4 }],
  samples: [
    sample(ODD),
    sample("s2", {
      legs: { primary: leg("v1", new Uint8Array()), candidate: leg("v2"), secondary: leg("v1-twin", randomBytes()) },
    }),
  ],
  slow: [
    {
      ...PLACE,
      at: NOON,
      method: "GET",
      target: ODD,
      primaryStatus: 200,
      candidateStatus: 500,
      primaryMs: null,
      candidateMs: 12.75,
      secondaryMs: 0.1,
      sampleId: null,
    },
  ],
  attributes: [
    attributes("one"),
    attributes("two", {
      stratum: ODD,
      draw: 0.1 + 0.2,
      limit: 0.5,
      paired: true,
      fields: [field(ODD), field("$.b", "noise")],
      cut: ["header", "cookie"],
      attributes: [
        { source: "header", name: "__proto__", value: ODD },
        { source: "request-body", name: "$.n", value: null },
        { source: "request-body", name: "$.x", value: 1e21 },
        { source: "response-body", name: "$.y", value: false },
      ],
    }),
  ],
});

function randomBytes() {
  return Uint8Array.from({ length: 1_000 }, (_, at) => (at * 7_919) % 256);
}

/** Bodies are equal as bytes, whatever their class is. */
function comparable(entry: unknown): unknown {
  return JSON.parse(
    JSON.stringify(entry, (_, value: unknown) => {
      if (value instanceof Map) return [...value];
      return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
    }),
  );
}

describe("entries of a replica's log", () => {
  it("keep every count of a batch, also with text that PostgreSQL would refuse", () => {
    const entry = { kind: "counts", batches: [FULL, batch("thread/8")] } as const;
    expect(comparable(decodeEntry(encodeEntry(entry)))).toEqual(comparable(entry));
  });

  it("keep what is not a count", () => {
    const forget = { kind: "forget", minute: 7, requests: new Map([["v2", 12]]) } as const;
    expect(decodeEntry(encodeEntry(forget))).toEqual(forget);
    const interrupt = { kind: "interrupt", proxyThread: "a:1" } as const;
    expect(decodeEntry(encodeEntry(interrupt))).toEqual(interrupt);
    const carryOver = { kind: "carry-over", successorKey: 12 } as const;
    expect(decodeEntry(encodeEntry(carryOver))).toEqual(carryOver);
  });

  it("keep any texts and counts", () => {
    const oddText = fc
      .array(fc.constantFrom("\0", "\u001A", "\uD800", "a", "\n", "😀", "__proto__", "[", '"'), { maxLength: 6 })
      .map((units) => units.join(""));
    const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const row = fc.record({ path: oddText, count }).map(({ path, count: own }) => {
      const queries = new Map([[path, own]]);
      return outcome({ endpoint: path, fields: [field(path)], count: own, queries });
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (outcomes) => {
        const entry = { kind: "counts", batches: [batch("a/1", { outcomes })] } as const;
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
      }),
      { numRuns: 100 },
    );
  });

  it("refuse a count that is not an integer, before anything is stored", () => {
    const broken = batch("a/1", { accounting: [received("many" as unknown as number)] });
    expect(() => encodeEntry({ kind: "counts", batches: [broken] })).toThrow(RangeError);
    const tooLarge = batch("a/1", { outcomes: [outcome({ count: 2 ** 53 })] });
    expect(() => encodeEntry({ kind: "counts", batches: [tooLarge] })).toThrow(RangeError);
  });

  it("of a newer version are named as such", () => {
    const payload = encodeEntry({ kind: "interrupt", proxyThread: "a:1" });
    payload[0] = 2;
    expect(() => decodeEntry(payload)).toThrow(
      "an entry of a replica has the format 2, which only a newer version of shadowdiff can read",
    );
  });
});
