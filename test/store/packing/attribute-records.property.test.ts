import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attribute, AttributeSource } from "../../../src/model/explain/attribute.ts";
import {
  AttributePacker,
  AttributeUnpacker,
  type RecordContent,
} from "../../../src/store/packing/attribute-records.ts";
import { field } from "../store-fixture.ts";

const attribute: fc.Arbitrary<Attribute> = fc.record({
  source: fc.constantFrom<AttributeSource>("header", "query", "response-body"),
  name: fc.constantFrom("a", "b", "__proto__", "c\n", ""),
  value: fc.oneof(
    fc.constantFrom("x", "y", 1, null),
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
  ),
});
const record: fc.Arbitrary<RecordContent> = fc.record({
  stratum: fc.constantFrom("", "a", "b"),
  paired: fc.boolean(),
  fields: fc.subarray(["$.a", "$.b"]).map((paths) => paths.map((path) => field(path))),
  cut: fc.subarray<AttributeSource>(["header", "cookie"]),
  attributes: fc.array(attribute, { maxLength: 12 }),
});

function recordOf(n: number): RecordContent {
  return {
    stratum: "",
    paired: false,
    fields: [],
    cut: [],
    attributes: Array.from({ length: 40 }, (_, at) => ({
      source: "header" as const,
      name: `x-header-number-${at}`,
      value: at % 2 === 0 ? "application/json; charset=utf-8" : `value-${at}-${(n * 7_919) % 10_007}`,
    })),
  };
}

describe("packed attribute records", () => {
  it("are unpacked as they were, with the templates of earlier ones", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 90 }), fc.nat(90), (records, reopenedAt) => {
        const templates: string[] = [];
        let packer = new AttributePacker([]);
        const packed = records.map((each, at) => {
          if (at === reopenedAt) packer = new AttributePacker(templates);
          const text = packer.pack(each);
          templates.push(...packer.takeAdded());
          return text;
        });
        expect(templates.length).toBeLessThanOrEqual(64);
        const unpacker = new AttributeUnpacker(templates);
        expect(packed.map((text) => unpacker.unpack(text))).toEqual(records);
      }),
      { numRuns: 150 },
    );
  });

  it("with 40 attributes, of which every second one has another value each time, take less than 500 bytes", () => {
    const packer = new AttributePacker([]);
    const sizes = Array.from({ length: 300 }, (_, n) => packer.pack(recordOf(n)).length);
    expect(JSON.stringify(recordOf(7)).length).toBeGreaterThan(2_500);
    expect(Math.max(...sizes)).toBeLessThan(500);
    expect(packer.count).toBeLessThanOrEqual(2);
  });
});
