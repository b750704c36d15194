import type { RuleAction } from "../../../src/model/rule-actions.ts";

export const ACTION_WORDS: Record<RuleAction["type"], string> = {
  ignore: "ignore differences here and below",
  only: "count only differences here and below",
  unordered: "the order of this array is nothing",
  keyed: "elements belong together by their members",
  tolerance: "numbers may differ a little",
  time: "times may differ a little",
  pattern: "texts that both match are equal",
  mask: "do not look at what matches",
  "type-only": "values of one type are equal",
  "ignore-case": "letter case is nothing",
  "null-is-missing": "null is as good as missing",
  subset: "the candidate may have more",
  superset: "the candidate may have less",
};

/** What a rule does, with its values. */
export function actionText(action: RuleAction): string {
  const words = ACTION_WORDS[action.type];
  switch (action.type) {
    case "keyed":
      return `${words}: ${action.by.join(", ")}`;
    case "tolerance": {
      const absolute = action.absolute === undefined ? [] : [`by ${action.absolute}`];
      const relative = action.relative === undefined ? [] : [`by ${action.relative * 100} %`];
      return `${words}: ${[...absolute, ...relative].join(" or ")}`;
    }
    case "time":
      return `${words}: by ${action.toleranceMs} ms${action.shiftMs === 0 ? "" : `, as they are or once moved by ${action.shiftMs} ms`}`;
    case "pattern":
    case "mask":
      return `${words}: ${action.regex}`;
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
  return words;
}

/** The text that a form has for the values of an action, or why it is none yet (null). */
export function parseAction(type: RuleAction["type"], values: string): RuleAction | null {
  const text = values.trim();
  switch (type) {
    case "keyed": {
      const by = text
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "");
      return by.length === 0 ? null : { type, by };
    }
    case "tolerance": {
      const percent = /^([\d.]+)\s*%$/.exec(text)?.[1];
      const number = Number(percent ?? text);
      if (text === "" || !Number.isFinite(number) || number < 0) return null;
      return percent === undefined ? { type, absolute: number } : { type, relative: number / 100 };
    }
    case "time": {
      const [tolerance, shift = 0] = text.split(",").map(Number);
      if (text === "" || tolerance === undefined || !Number.isFinite(tolerance) || !Number.isFinite(shift)) return null;
      return { type, toleranceMs: tolerance, shiftMs: shift };
    }
    case "pattern":
    case "mask":
      return text === "" ? null : { type, regex: text };
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
  return { type };
}

/** What stands beside the field for the values; undefined where an action has none. */
export const VALUE_HINTS: Partial<Record<RuleAction["type"], string>> = {
  keyed: "members, e.g. id, sku",
  tolerance: "0.01, or 0.1 %",
  time: "milliseconds, e.g. 1000; moved: 1000, 3600000",
  pattern: "regular expression (RE2)",
  mask: "regular expression (RE2)",
};
