import { describe, expect, it } from "vitest";
import type { Attribute } from "../../../src/model/explain/attribute.ts";
import { explainCause } from "../../../src/report/explain/explain-cause.ts";
import { explainPlacebo } from "../../../src/report/explain/explain-placebo.ts";
import { indexStrata } from "../../../src/report/explain/strata-index.ts";
import { meetsConditions } from "../../../src/report/explain/conditions/meets-conditions.ts";
import { seeded } from "../../lib/seeded.ts";
import { attribute, CAUSE_PATH, explainInput } from "../../simulate/explain-world.ts";

type Rule = (value: (name: string) => Attribute["value"], index: number, random: () => number) => boolean;

const START = Date.UTC(2026, 10, 20, 14, 30, 7);
const EVERY_MS = 120;

function shopInput(rule: Rule, seed = 7) {
  const random = seeded(seed);
  const one = <Value>(...values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const exchanges = Array.from({ length: 3000 }, (_, index) => {
    const currency = one("USD", "EUR", "GBP", "CHF", "JPY");
    const attributes = [
      attribute("query", "currency", currency),
      attribute("response-body", "$.currency", currency),
      attribute(
        "header",
        "accept-language",
        one("de", "de-DE", "de-AT", "en-US", "en-GB", "fr", "es", "it", "en", "nl"),
      ),
      attribute("response-body", "$.type", one("basic", "premium", "trial")),
      attribute("address", "candidate", one("10.0.3.7:8080", "10.0.3.8:8080")),
      attribute("query", "limit", one("10", "20", "50", "100", "150", "200")),
      attribute("header", "x-request-id", String(index)),
      ...Array.from({ length: 30 }, (__, at) => attribute("header", `x-${at}`, one(0, 1, 2, 3, 4))),
    ];
    const value = (name: string): Attribute["value"] => attributes.find((each) => each.name === name)?.value ?? null;
    const paths = [...(rule(value, index, random) ? [CAUSE_PATH] : []), ...(random() < 0.1 ? ["$.noise"] : [])];
    return { at: START + index * EVERY_MS, attributesOf: () => attributes, paths };
  });
  return explainInput(exchanges, random);
}

const RESTART = { id: "1", kind: "deployment", text: "v2 restarted", subset: null, by: "pipeline" } as const;
const marks = [{ ...RESTART, at: START + 1000 * EVERY_MS - 60_000 }];

describe("the first sentence names the condition on which a cause depends", () => {
  const rules: readonly [string, Rule, RegExp][] = [
    [
      "one value",
      (value) => value("currency") === "EUR",
      /^\?currency=EUR: about 5\d\d of 5\d\d differ; all others: 0 of /,
    ],
    ["a prefix", (value) => String(value("accept-language")).startsWith("de"), /^accept-language: de\*: /],
    ["a value of the response", (value) => value("$.type") === "premium", /^response \$\.type = "premium": /],
    [
      "an address",
      (value) => value("candidate") === "10.0.3.7:8080",
      /^Only from 10\.0\.3\.7:8080, one of 2 addresses: /,
    ],
    ["a threshold", (value) => Number(value("limit")) > 100, /^\?limit > 100: /],
    [
      "a moment",
      (_, index) => index >= 1000,
      /^Since 14:32:0[67] UTC, one minute after v2 restarted: 2,000 of 2,000 differ; before: 0 of 1,000\.$/,
    ],
    [
      "chance",
      (_value, _index, random) => random() < 0.02,
      /^Spread evenly over 37 attributes: 1\.\d+% of exchanges at random/,
    ],
    [
      "two values together",
      (value) => value("currency") === "EUR" && String(value("accept-language")).startsWith("de"),
      /^\?currency=EUR and accept-language: de\*: /,
    ],
    [
      "a value in some exchanges",
      (value, _, random) => random() < (value("currency") === "EUR" ? 0.3 : 0.01),
      /^\?currency=EUR: /,
    ],
    [
      "one of two values",
      (value) => value("currency") === "EUR" || value("limit") === "200",
      /^\?(currency=EUR or \?limit=200|limit=200 or \?currency=EUR): about (\S+) of \2 differ; all others: 0 of /,
    ],
    [
      "all but one value",
      (value) => value("currency") !== "USD",
      /^Not \?currency=USD: about (\S+) of \1 differ; all others: 0 of /,
    ],
    ["all", () => true, /^All 3,000 exchanges differ\.$/],
    ["too few", (_, index) => index % 1000 === 0, /^Too few exchanges to tell why: 3 with the difference\.$/],
  ];
  it.each(rules)("%s", (_, rule, sentence) => {
    expect(explainCause({ ...shopInput(rule), marks }).sentence).toMatch(sentence);
  });
});

it("the conditions of a finding are those of its counts", () => {
  const input = shopInput((value) => value("currency") === "EUR" && String(value("accept-language")).startsWith("de"));
  const [finding] = explainCause(input).findings;
  const meeting = input.index.records.filter((record) => meetsConditions(finding?.conditions ?? [], record));
  expect(meeting.length).toBeGreaterThan(90);
  expect(meeting.every(input.hasCause)).toBe(true);
});

it("the placebo counts what is explained among all causes that can be tested", () => {
  const inputs = [
    shopInput((value) => value("currency") === "EUR"),
    shopInput((_value, _index, random) => random() < 0.02),
    shopInput(() => false),
  ];
  expect(explainPlacebo(inputs)).toEqual({ tested: 2, explained: 1 });
});

function priceAttributes(isNull: boolean, type: string): readonly Attribute[] {
  return [
    attribute("response-body", CAUSE_PATH, isNull ? null : 7),
    attribute("response-body", "$.type", type),
    attribute("response", "size", isNull ? 64 : 128),
  ];
}

describe("what repeats the difference", () => {
  it("is named only if nothing else explains the cause", () => {
    const random = seeded(3);
    const inputOf = (typeOf: (isNull: boolean) => string) => {
      const exchanges = Array.from({ length: 1000 }, (_, index) => {
        const isNull = random() < 0.2;
        const attributes = priceAttributes(isNull, typeOf(isNull));
        return { at: START + index * EVERY_MS, attributesOf: () => attributes, paths: isNull ? [CAUSE_PATH] : [] };
      });
      return explainInput(exchanges, random);
    };
    expect(explainCause(inputOf((isNull) => (isNull ? "premium" : "basic"))).sentence).toMatch(
      /^response \$\.type = "premium": /,
    );
    expect(explainCause(inputOf(() => "basic")).sentence).toMatch(/^response \$\.price = null: /);
  });
});

it("a threshold is a round number next to the exchanges with the cause, however few thresholds are tested", () => {
  const random = seeded(5);
  const exchanges = Array.from({ length: 3000 }, (_, index) => {
    const id = 1 + Math.floor(random() * 20_000);
    const attributes = [attribute("path", "id", id)];
    return { at: START + index * EVERY_MS, attributesOf: () => attributes, paths: id > 5000 ? [CAUSE_PATH] : [] };
  });
  expect(explainCause(explainInput(exchanges, random)).sentence).toMatch(/^path \{id\} > 5000: .*all others: 0 of /);
});

it("thresholds of one attribute are one reason", () => {
  const random = seeded(6);
  const exchanges = Array.from({ length: 3000 }, (_, index) => {
    const amount = Math.floor(random() * 2_000);
    const attributes = [attribute("request-body", "$.amount", amount)];
    const has = random() < (amount > 1000 ? 0.95 : amount > 900 ? 0.3 : 0);
    return { at: START + index * EVERY_MS, attributesOf: () => attributes, paths: has ? [CAUSE_PATH] : [] };
  });
  const { findings } = explainCause(explainInput(exchanges, random));
  expect(findings.map(({ conditions }) => conditions.map(({ test }) => test))).toEqual([["above"]]);
});

it("bursts that no attribute explains are named, not called chance", () => {
  const input = shopInput((_value, index) => index % 600 < 30);
  expect(explainCause(input).sentence).toBe(
    "No reason among 37 kept attributes: 5% of exchanges differ (150 of 3,000), in bursts.",
  );
});

it("chance is not blamed where attributes were cut, because the reason can be one of those", () => {
  const input = shopInput((_value, _index, random) => random() < 0.02);
  const strata = input.index.strata.map((stratum) => ({
    ...stratum,
    records: stratum.records.map((record) => ({ ...record, cut: ["header"] as const })),
  }));
  expect(explainCause({ ...input, index: indexStrata(strata) }).sentence).toMatch(
    /^No reason among 37 kept attributes: 1\.\d+% of exchanges differ \(\d+ of 3,000\)\. Not all headers were kept\.$/,
  );
});

it("a moment within a block divides its exchanges", () => {
  const input = shopInput((_, index) => index >= 1000);
  const { time } = explainCause(input);
  expect(time.change).toMatchObject({ before: { count: 0, compared: 1000 }, after: { count: 2000, compared: 2000 } });
  expect(Math.abs((time.change?.at ?? 0) - (START + 1000 * EVERY_MS))).toBeLessThan(2 * EVERY_MS);
});
