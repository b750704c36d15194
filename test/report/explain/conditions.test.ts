import { array, assert, boolean, constantFrom, property, record as recordOf, tuple, uniqueArray } from "fast-check";
import { expect, it } from "vitest";
import type { AttributeRecord } from "../../../src/model/explain/attribute.ts";
import { candidateSplits, membersOf } from "../../../src/report/explain/conditions/candidate-splits.ts";
import { meetsConditions } from "../../../src/report/explain/conditions/meets-conditions.ts";
import { sharedPrefixes } from "../../../src/report/explain/conditions/shared-prefixes.ts";
import { roundBetween } from "../../../src/report/explain/conditions/thresholds.ts";
import { conditionWords } from "../../../src/presentation/words/condition-words.ts";

function record(at: number, attributes: AttributeRecord["attributes"], isCut: boolean): AttributeRecord {
  const cut = isCut ? (["header"] as const) : [];
  const names = { route: "default", endpoint: "GET /", candidate: "v2", stratum: "" };
  return { id: String(at), at, ...names, draw: 0, limit: 1, paired: false, fields: [], attributes, cut };
}

const values = constantFrom(
  "de",
  "de-DE",
  "de-AT",
  "den",
  "en-US",
  "v2.0",
  "v2.1",
  "",
  "10",
  10,
  20,
  30,
  7,
  true,
  null,
  "__proto__",
);
const names = constantFrom("__proto__", "constructor", "accept-language");

it("every condition that is tested is met by the records that it is tested on", () => {
  const attributes = uniqueArray(recordOf({ source: constantFrom("header", "query"), name: names, value: values }), {
    selector: ({ source, name }) => `${source} ${name}`,
  });
  const lists = array(tuple(attributes, boolean()), { minLength: 8, maxLength: 60 });
  assert(
    property(lists, (all) => {
      const records = all.map(([own, isCut], at) => record(at, own, isCut));
      for (const { splits } of candidateSplits(records)) {
        for (const split of splits) {
          const meeting = records.flatMap((each, at) => (meetsConditions([split.condition], each) ? [at] : []));
          expect({ ...split.condition, members: [...membersOf(split, records.length)] }).toEqual({
            ...split.condition,
            members: meeting,
          });
        }
      }
    }),
    { numRuns: 100, seed: 61 },
  );
});

it("conditions that the same records meet are one, named after what people can act on", () => {
  const records = Array.from({ length: 40 }, (_, at) => {
    const isEuro = at % 4 === 0;
    return record(
      at,
      [
        { source: "response-body", name: "$.currency", value: isEuro ? "EUR" : "USD" },
        { source: "header", name: "user-agent", value: isEuro ? "shop/2" : "shop/1" },
        { source: "query", name: "currency", value: isEuro ? "EUR" : "USD" },
      ],
      false,
    );
  });
  const conditions = candidateSplits(records).flatMap(({ splits }) =>
    splits.map(({ condition }) => conditionWords(condition)),
  );
  expect(conditions.toSorted()).toEqual(["?currency=EUR", "?currency=USD"]);
});

it("prefixes end at borders that at least two values share", () => {
  const texts = ["de-AT", "de-DE", "deu", "en-GB", "v1.2", "v2.0", "v2.1"].toSorted();
  expect(sharedPrefixes(texts).map(({ prefix, from, to }) => [prefix, to - from])).toEqual([
    ["de", 3],
    ["de-", 2],
    ["v", 3],
    ["v2", 2],
    ["v2.", 2],
  ]);
});

it("prefixes do not reach into fingerprints, whose characters are chance", () => {
  const texts = [
    "Bearer [redacted:ca000001]",
    "Bearer [redacted:cb000002]",
    "[redacted:c1]",
    "[redacted:c2]",
  ].toSorted();
  expect(sharedPrefixes(texts).map(({ prefix }) => prefix)).toEqual(["Bearer", "Bearer "]);
});

it.each([
  [4404, 5001, 5000],
  [963, 1003, 1000],
  [39, 41, 40],
  [100, 150, 100],
  [0.2, 0.7, 0.2],
  [-20, -3, -20],
  [7, 8, 7],
  [0, 3, 0],
])("a limit from %d to below %d is %d", (from, below, limit) => {
  expect(roundBetween(from, below)).toBe(limit);
});

it("words of a condition fit one line, whatever the values are", () => {
  const hostile = `<script>\u001B[31m\r\n\u202E${"x".repeat(500)}`;
  const words = conditionWords({ source: "header", name: "a\nb", test: "prefix", value: hostile });
  expect(words).toMatch(/^a\uFFFDb: <script>\uFFFD\[31m\uFFFD\uFFFD\uFFFDx+…\*$/);
  expect(words.length).toBeLessThan(100);
});
