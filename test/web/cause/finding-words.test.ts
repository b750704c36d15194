import { describe, expect, it } from "vitest";
import type { Condition, ExplanationFinding } from "../../../src/model/explain/explanation.ts";
import { conditionTexts } from "../../../web/src/data/explanations.ts";
import {
  basisText,
  findingWords,
  prevalenceText,
  ratioText,
  shareText,
} from "../../../web/src/cause/why/finding-words.ts";

const GERMAN: Condition = {
  source: "header",
  name: "accept-language",
  test: "prefix",
  value: "de",
  words: "accept-language: de*",
};
const LARGE: Condition = { source: "query", name: "limit", test: "above", value: 100, words: "limit > 100" };

const FINDING: ExplanationFinding = {
  conditions: [GERMAN],
  with: { count: 412, compared: 415 },
  without: { count: 4, compared: 8_210 },
  isExact: true,
  riskRatio: { estimate: 2037.6, low: 764.2, high: 5432 },
  evidence: 1_400,
  sentence: "accept-language: de*: 412 of 415 differ; all others: 4 of 8,210.",
};

describe("a finding in words", () => {
  it("is named in the URL by its conditions", () => {
    expect(findingWords(FINDING)).toBe("accept-language: de*");
    expect(findingWords({ conditions: [GERMAN, LARGE] })).toBe("accept-language: de* and limit > 100");
  });

  it("says how much more often the cause shows, with its interval", () => {
    expect(ratioText(FINDING)).toBe("2,038× as often (95% interval: 764× – 5,432×)");
    expect(ratioText({ ...FINDING, isExact: false })).toMatch(/^about 2,038× as often/);
    expect(ratioText({ isExact: true, riskRatio: { estimate: 12, low: 3, high: null } })).toBe(
      "12× as often (at least 3×)",
    );
    expect(ratioText({ isExact: true, riskRatio: { estimate: null, low: 152.3, high: null } })).toBe(
      "only with it; at least 152× as often",
    );
    expect(ratioText({ isExact: true, riskRatio: { estimate: null, low: 0, high: 3 } })).toBe("–");
  });

  it("marks estimated counts, and divides nothing by zero", () => {
    expect(shareText(FINDING.with, FINDING)).toBe("412 of 415 (99.28%)");
    expect(shareText(FINDING.without, { isExact: false })).toBe("≈ 4 of 8,210 (0.05%)");
    expect(shareText({ count: 0, compared: 0 }, FINDING)).toBe("no exchanges");
  });

  it("says how common the condition is among exchanges with the cause and among all others", () => {
    // 412 of 416 with the cause meet it, and 3 of 8,209 without it.
    expect(prevalenceText(FINDING)).toBe(
      "It holds for 99.04% of the exchanges with this cause, and for 0.04% of all others.",
    );
    const always = { with: { count: 5, compared: 5 }, without: { count: 2, compared: 2 } };
    expect(prevalenceText(always)).toBe("It holds for 71.43% of the exchanges with this cause; all exchanges have it.");
    expect(prevalenceText({ with: { count: 0, compared: 9 }, without: { count: 0, compared: 9 } })).toBe("");
  });
});

it("says what was tested", () => {
  expect(basisText({ cases: 415, controls: 256, attributes: 14, values: 1_096, cut: [] })).toBe(
    "Tested: 14 attributes with 1,096 values, on 415 kept exchanges with this cause and 256 without it.",
  );
});

it("conditions select samples without their words, which are for people", () => {
  expect(conditionTexts([GERMAN, LARGE]).map((text) => JSON.parse(text) as unknown)).toEqual([
    { source: "header", name: "accept-language", test: "prefix", value: "de" },
    { source: "query", name: "limit", test: "above", value: 100 },
  ]);
});
