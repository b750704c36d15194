import type { Rule } from "../../../src/model/rule.ts";

/** A rule for all endpoints. */
export function rule(change: Partial<Rule> & Pick<Rule, "action">): Rule {
  return {
    id: "r1",
    source: "configuration",
    endpoint: "**",
    section: "body",
    path: "$",
    owner: "team",
    reason: "test",
    createdBy: "",
    createdAt: null,
    expiresAt: null,
    ...change,
  };
}
