import { describe, expect, it } from "vitest";
import { RULE_ACTION_TYPES, RULE_ACTIONS, ruleParameters } from "../../../src/model/rule-actions.ts";
import { parseRuleAction, ruleActionText } from "../../../web/src/rules/rule-action-text.ts";

describe("parseRuleAction", () => {
  it.each(RULE_ACTION_TYPES)("accepts the examples of %s, and no parameters only if it has none", (type) => {
    const parameters = Object.entries(ruleParameters(type));
    const examples = Object.fromEntries(parameters.map(([name, { example }]) => [name, example]));
    const action = parseRuleAction(type, examples);
    expect(action?.type).toBe(type);
    expect(Object.keys(action ?? {}).toSorted()).toEqual(["type", ...Object.keys(examples)].toSorted());
    expect(parseRuleAction(type, {})).toEqual(parameters.length === 0 ? { type } : null);
  });

  it("fills in defaults, and leaves out optional parameters without one", () => {
    expect(parseRuleAction("time", { toleranceMs: "1000" })).toEqual({ type: "time", toleranceMs: 1000, shiftMs: 0 });
    expect(parseRuleAction("tolerance", { relative: " 0.001 " })).toEqual({ type: "tolerance", relative: 0.001 });
  });

  it.each([
    ["tolerance", { absolute: "-1" }],
    ["tolerance", { absolute: "1%" }],
    ["time", { toleranceMs: "1s" }],
    ["keyed", { by: " , " }],
  ] as const)("rejects invalid values of %s", (type, texts) => {
    expect(parseRuleAction(type, texts)).toBeNull();
  });
});

describe("ruleActionText", () => {
  it("says what the rule does, with the parameters that differ from their defaults", () => {
    expect(ruleActionText({ type: "ignore" })).toBe(RULE_ACTIONS.ignore.does);
    expect(ruleActionText({ type: "keyed", by: ["id", "sku"] })).toBe(`${RULE_ACTIONS.keyed.does} (by id, sku)`);
    expect(ruleActionText({ type: "time", toleranceMs: 1000, shiftMs: 0 })).toBe(
      `${RULE_ACTIONS.time.does} (tolerance 1000 ms)`,
    );
  });
});
