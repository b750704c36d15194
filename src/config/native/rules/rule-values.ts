import { MAX_RULE_SHIFT_MS } from "../../defaults.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { text, type ValueType } from "../../values/value-type.ts";

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
