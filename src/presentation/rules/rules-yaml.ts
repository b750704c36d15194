import { stringify } from "yaml";
import { ruleParameters, type RuleAction, type RuleParameter } from "../../model/rule-actions.ts";
import type { Rule } from "../../model/rule.ts";

const DAY_MS = 86_400_000;
const DATE_CHARS = 10;

/**
 * The rules as `compare.rules` of a configuration.
 * @param broad ids of the rules that the configuration must force
 */
export function rulesYaml(rules: readonly Rule[], broad: ReadonlySet<string>): string {
  return stringify({ compare: { rules: rules.map((rule) => yamlRule(rule, broad.has(rule.id))) } }, { lineWidth: 0 });
}

function yamlRule(rule: Rule, isBroad: boolean): object {
  const { endpoint, section, path, kind, action, reason, owner, createdBy, expiresAt } = rule;
  return {
    endpoint,
    section,
    path,
    ...(kind !== undefined && { kind }),
    action: action.type,
    ...yamlParameters(action),
    reason,
    // The configuration requires an owner.
    owner: owner === "" ? createdBy : owner,
    ...(expiresAt !== null && { expires: expiryText(expiresAt) }),
    ...(isBroad && { force: true }),
  };
}

function yamlParameters(action: RuleAction): Readonly<Record<string, unknown>> {
  const values = Object.entries(ruleParameters(action.type)).flatMap(([name, { yaml, type, default: preset }]) => {
    const value: unknown = Reflect.get(action, name);
    return value === undefined || value === preset ? [] : [[yaml, yamlValue(type, value)] as const];
  });
  // A time rule requires a tolerance or a shift, and 1 ms is the smallest tolerance.
  return values.length === 0 && action.type === "time" ? { tolerance: "1ms" } : Object.fromEntries(values);
}

function yamlValue(type: RuleParameter["type"], value: unknown): unknown {
  if (type === "duration") return `${Math.max(1, Math.round(Number(value)))}ms`;
  return type === "shift" ? `${Math.round(Number(value))}ms` : value;
}

/** A date if the time is midnight UTC, else date and time. */
function expiryText(at: number): string {
  const text = new Date(at).toISOString();
  return at % DAY_MS === 0 ? text.slice(0, DATE_CHARS) : text;
}
