import { describe, expect, it } from "vitest";
import { initialInputs, missingInputs, ruleDraft } from "../../../web/src/rules/rule-inputs.ts";

describe("the inputs of a rule", () => {
  const inputs = initialInputs({ endpoint: "GET /a", path: "$.a\n  $.b  \n\n$.a" });

  it("have one path per line, and describe one rule with all of them", () => {
    expect(ruleDraft(inputs)).toMatchObject({ endpoint: "GET /a", section: "body", path: ["$.a", "$.b"] });
    expect(ruleDraft(initialInputs({ endpoint: "GET /a", path: "$.a" }))?.path).toBe("$.a");
  });

  it("say what is missing, and describe no rule until then", () => {
    expect(missingInputs(inputs)).toEqual(["reason"]);
    expect(missingInputs(initialInputs({}))).toEqual(["endpoint", "path", "reason"]);
    expect(ruleDraft(initialInputs({ endpoint: "GET /a", path: " \n " }))).toBeNull();
    expect(ruleDraft({ ...inputs, action: "tolerance" })).toBeNull();
    expect(ruleDraft({ ...inputs, action: "tolerance", parameters: { absolute: "0.1" } })).not.toBeNull();
    expect(ruleDraft({ ...inputs, section: "status", action: "mask", parameters: { regex: "x" } })).toBeNull();
  });

  it("limit to a kind only the actions that can be limited", () => {
    expect(ruleDraft({ ...inputs, kind: "missing" })).toMatchObject({ kind: "missing" });
    expect(ruleDraft({ ...inputs, kind: "missing", action: "unordered" })).not.toHaveProperty("kind");
  });
});
