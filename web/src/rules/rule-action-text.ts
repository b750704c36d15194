import {
  RULE_ACTIONS,
  ruleParameters,
  type RuleAction,
  type RuleActionType,
  type RuleParameter,
} from "../../../src/model/rule-actions.ts";

function valueText(type: RuleParameter["type"], value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return type === "duration" || type === "shift" ? `${String(value)} ms` : String(value);
}

/** What a rule does, with its parameters: `treat numbers as equal within a tolerance (absolute 0.01)`. */
export function ruleActionText(action: RuleAction): string {
  const parameters = Object.entries(ruleParameters(action.type)).flatMap(([name, parameter]) => {
    const value: unknown = Reflect.get(action, name);
    if (value === undefined || value === parameter.default) return [];
    return [`${parameter.yaml} ${valueText(parameter.type, value)}`];
  });
  const { does } = RULE_ACTIONS[action.type];
  return parameters.length === 0 ? does : `${does} (${parameters.join(", ")})`;
}

/** @returns null when the text is not a value of the type */
function parseValue(type: RuleParameter["type"], text: string): string | number | readonly string[] | null {
  switch (type) {
    case "names": {
      const names = text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
      return names.length === 0 ? null : names;
    }
    case "number":
    case "duration": {
      const number = Number(text);
      return Number.isFinite(number) && number >= 0 ? number : null;
    }
    case "shift": {
      const number = Number(text);
      return Number.isFinite(number) ? number : null;
    }
    case "regex":
      break;
  }
  return text;
}

/**
 * The action that the form describes.
 * @param texts the inputs, by the names of the parameters; an empty one leaves its parameter out
 * @returns null while a required parameter is missing or an input is invalid
 */
export function parseRuleAction(type: RuleActionType, texts: Readonly<Record<string, string>>): RuleAction | null {
  const parameters = Object.entries(ruleParameters(type));
  const entered = parameters
    .map(([name, parameter]) => ({ name, type: parameter.type, text: (texts[name] ?? "").trim() }))
    .filter(({ text }) => text !== "")
    .map(({ name, type: valueType, text }) => [name, parseValue(valueType, text)] as const);
  if (entered.some(([, value]) => value === null)) return null;
  const required = RULE_ACTIONS[type].requires === "all" ? parameters.length : Math.min(1, parameters.length);
  if (entered.length < required) return null;
  const defaults = parameters.map(([name, parameter]) => [name, parameter.default] as const);
  const values = [...defaults, ...entered].filter(([, value]) => value !== undefined);
  // Every required parameter is present, and each value has the type of its definition.
  return { type, ...Object.fromEntries(values) } as RuleAction;
}
