import { rulePath, type Rule } from "../../../model/rule.ts";
import { MAX_RULE_SHIFT_MS } from "../../defaults.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { listOf, text, type ValueType } from "../../values/value-type.ts";

const SIGNED = /^([+-]?)(.*)$/s;
const unsignedDuration = duration(MAX_RULE_SHIFT_MS);

/** A duration with an optional sign, in milliseconds. */
export const signedDuration: ValueType<number> = {
  placeholder: "duration",
  allowed: "a duration with an optional sign, like 1h or -1h",
  json: { type: "string", pattern: String.raw`^\s*[+-]?\d` },
  parse(value) {
    const [, sign, rest] = SIGNED.exec(typeof value === "string" ? value.trim() : "") ?? [];
    const parsed = unsignedDuration.parse(typeof value === "string" ? rest : value);
    return "problem" in parsed || sign !== "-" ? parsed : { value: -parsed.value };
  },
};

/** One path as text, or several as a list, each once. */
export function pathOrPaths(type: ValueType<string>): ValueType<Rule["path"]> {
  const list = listOf(type);
  return {
    ...type,
    allowed: `${type.allowed}; or a list of paths`,
    json: { anyOf: [type.json, { ...list.json, minItems: 1 }] },
    parse(value) {
      if (!Array.isArray(value)) return type.parse(value);
      const parsed = list.parse(value);
      if ("problem" in parsed) return parsed;
      return parsed.value.length === 0 ? { problem: "the list is empty" } : { value: rulePath(parsed.value) };
    },
  };
}

/** Text, trimmed. @param placeholder names it in errors: `"" is not a valid reason` */
export function trimmedText(placeholder: string, allowed: string): ValueType<string> {
  const untrimmed = text(placeholder, allowed);
  return {
    ...untrimmed,
    parse(value) {
      const parsed = untrimmed.parse(value);
      return "problem" in parsed ? parsed : { value: parsed.value.trim() };
    },
  };
}
