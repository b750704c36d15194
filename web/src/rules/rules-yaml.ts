import { stringify } from "yaml";
import type { Rule, RuleAction } from "../../../src/model/rule.ts";

const DAY_MS = 86_400_000;
const DAY_CHARS = 10;

/**
 * The rules as `compare.rules` of a configuration, in its own names.
 * @param broad ids of those that a configuration has to force
 */
export function rulesYaml(rules: readonly Rule[], broad: ReadonlySet<string>): string {
  return stringify({ compare: { rules: rules.map((rule) => written(rule, broad.has(rule.id))) } }, { lineWidth: 0 });
}

function written(rule: Rule, isBroad: boolean): object {
  const { endpoint, section, path, kind, action, reason, owner, createdBy, expiresAt } = rule;
  return {
    endpoint,
    section,
    path,
    ...(kind !== undefined && { kind }),
    action: action.type,
    ...parameters(action),
    reason,
    // A configuration wants somebody to ask.
    owner: owner === "" ? createdBy : owner,
    ...(expiresAt !== null && { expires: moment(expiresAt) }),
    ...(isBroad && { force: true }),
  };
}

function parameters(action: RuleAction): object {
  switch (action.type) {
    case "keyed":
      return { by: action.by };
    case "tolerance": {
      const { absolute, relative } = action;
      return { ...(absolute !== undefined && { absolute }), ...(relative !== undefined && { relative }) };
    }
    case "time": {
      const shift = Math.round(action.shiftMs);
      // Nothing less can be written down, and one of the two has to be.
      const tolerance = Math.max(action.toleranceMs === 0 ? 0 : 1, Math.round(action.toleranceMs), shift === 0 ? 1 : 0);
      return { ...(tolerance !== 0 && { tolerance: `${tolerance}ms` }), ...(shift !== 0 && { shift: `${shift}ms` }) };
    }
    case "pattern":
    case "mask":
      return { regex: action.regex };
    case "ignore":
    case "only":
    case "unordered":
    case "type-only":
    case "ignore-case":
    case "null-is-missing":
    case "subset":
    case "superset":
      break;
  }
  return {};
}

/** A date where that says all. */
function moment(at: number): string {
  const text = new Date(at).toISOString();
  return at % DAY_MS === 0 ? text.slice(0, DAY_CHARS) : text;
}
