import {
  assert,
  constantFrom,
  integer,
  jsonValue,
  nat,
  oneof,
  property,
  string,
  tuple,
  type JsonValue,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSimilarJson } from "../../../src/compare/body/similar-json.ts";
import type { Json, JsonObject } from "../../../src/compare/tree/json-tree.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";

function parseLike(text: string, known: string): Json | undefined {
  const value = frozen(parseJson(known)?.value as Json);
  return parseSimilarJson(Buffer.from(text), { bytes: Buffer.from(known), value });
}

/** Fails a test that changes the shared tree. */
function frozen(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  for (const child of Object.values(value)) frozen(child as Json);
  return Object.freeze(value) as Json;
}

/** Replaces some of the scalars, in the order of the text. */
function withScalars(value: JsonValue, next: () => JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return value.map((child) => withScalars(child, next));
  if (typeof value !== "object" || value === null) return next() ?? value;
  const members = (Object.entries(value) as [string, JsonValue][]).map(
    ([key, child]) => [key, withScalars(child, next)] as const,
  );
  return Object.fromEntries(members);
}

/** A member in so much text that the changes of a test are few. */
const PADDING = `"padding":"${"x".repeat(400)}"`;

describe("parseSimilarJson", () => {
  it.each([
    ["a text", '"a":"1"', '"a":"22"'],
    ["a text with escapes", String.raw`"a":"\"1"`, String.raw`"a":"2\\"`],
    ["a text that is not ASCII", '"ä":"é1"', '"ä":"😀2"'],
    ["a number", '"a":12', '"a":-3.5'],
    ["the last digit", '"a":[1,12]', '"a":[1,123]'],
    ["another type", '"a":"1"', '"a":null'],
    ["several", '"a":[{"b":1},{"b":[true,{"c":"x"}]}]', '"a":[{"b":2},{"b":[true,{"c":""}]}]'],
    ["white space around it", '"a" : [ 1 , 2 ]', '"a" : [ 1 , 3 ]'],
    ["after empty containers", '"a":[{},[],"x"],"b":1', '"a":[{},[],"x"],"b":2'],
  ])("reads %s that differs", (_name, known, text) => {
    const [one, other] = [`{${known},${PADDING}}`, `{${text},${PADDING}}`];
    expect(parseLike(other, one)).toStrictEqual(JSON.parse(other));
    expect(parseLike(one, other)).toStrictEqual(JSON.parse(one));
  });

  it("shares what is equal", () => {
    const text = `{"id":1,"items":[{"n":[1]},{"n":[2]}],"more":{"b":1},${PADDING}}`;
    const known = parseJson(text)?.value as JsonObject;
    const other = text.replace('"id":1', '"id":2').replace("[2]", "[3]");
    const value = parseSimilarJson(Buffer.from(other), { bytes: Buffer.from(text), value: known }) as JsonObject;
    const [items, knownItems] = [value["items"] as Json[], known["items"] as Json[]];
    expect([value["more"] === known["more"], items[0] === knownItems[0], items[1] === knownItems[1]]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ["another key", '"a":1', '"b":1'],
    ["another number of elements", '"a":[1]', '"a":[1,2]'],
    ["a container for a scalar", '"a":1', '"a":[]'],
    ["a number that needs exact digits", '"a":1', '"a":1234567890123456'],
    ["a number with an exponent", '"a":1', '"a":1e2'],
    ["a key that cannot be assigned", '"__proto__":1', '"__proto__":2'],
    ["other white space", '"a":1', '"a": 1'],
    ["no valid text", '"a":"1"', '"a":"\n"'],
    ["no valid literal", '"a":true', '"a":truE'],
    ["no end", '"a":"1"', '"a":"'],
  ])("reads no text with %s", (_name, known, text) => {
    expect(parseLike(`{${PADDING},${text}}`, `{${PADDING},${known}}`)).toBeUndefined();
  });

  it("reads no text with many differences, which is parsed faster", () => {
    expect(parseLike("[4,5,6]", "[1,2,3]")).toBeUndefined();
  });

  it("reads what JSON.parse reads, or nothing", () => {
    const scalar = oneof(string(), integer(), constantFrom(null, true, -0, 0.5, 1e30, 12345678901234568));
    const edit = tuple(nat(), nat({ max: 2 }), constantFrom("", "1", '"', "\\", ",", "]", "}", "e5", "\u0001", " "));
    let read = 0;
    assert(
      property(
        jsonValue({ maxDepth: 3 }),
        scalar,
        nat({ max: 5 }),
        edit,
        (known, other, every, [at, removed, added]) => {
          let scalars = 0;
          const changed = withScalars(known, () => ((scalars += 1) % 6 === every ? other : undefined));
          const before = `[${JSON.stringify(known)},{${PADDING}}]`;
          const similar = `[${JSON.stringify(changed)},{${PADDING}}]`;
          const start = at % similar.length;
          const broken = similar.slice(0, start) + added + similar.slice(start + removed);
          if (parseJson(before)?.isPlain !== true) return;
          for (const text of [similar, broken]) {
            const value = parseLike(text, before);
            if (value === undefined) continue;
            read += 1;
            expect(value).toStrictEqual(parseJson(text)?.value);
            expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(250);
  });
});
