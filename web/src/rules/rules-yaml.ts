import { stringify } from "yaml";
import type { Rule } from "../../../src/model/rule.ts";
import { ruleParameters, type RuleAction, type RuleParameter } from "../../../src/model/rule-actions.ts";

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

/** The parameters that differ from their defaults, in the units of YAML. */
function parameters(action: RuleAction): Readonly<Record<string, unknown>> {
  const all = Object.entries(ruleParameters(action.type)).map(([name, parameter]) => {
    const value = yamlValue(parameter, Reflect.get(action, name));
    return [parameter.yaml, value] as const;
  });
  const written = all.filter(([, value]) => value !== undefined);
  // A rule must have a parameter, and the shortest duration in YAML is 1 ms.
  const [first] = all;
  return written.length === 0 && first !== undefined ? { [first[0]]: "1ms" } : Object.fromEntries(written);
}

function yamlValue({ type, default: fallback }: RuleParameter, value: unknown): unknown {
  if ((type !== "duration" && type !== "shift") || typeof value !== "number") return value;
  const ms = type === "duration" && value > 0 ? Math.max(1, Math.round(value)) : Math.round(value);
  return ms === fallback ? undefined : `${ms}ms`;
}

/** A date where that says all. */
function moment(at: number): string {
  const text = new Date(at).toISOString();
  return at % DAY_MS === 0 ? text.slice(0, DAY_CHARS) : text;
}
