import type { HostPolicy } from "../../../model/routing.ts";
import type { ValueType } from "../../values/value-type.ts";
import { authority } from "../../values/texts.ts";

/** `keep`, `shadow`, or what is written there instead. */
export const hostPolicy: ValueType<HostPolicy> = {
  placeholder: "host",
  allowed: "keep, shadow, or a host name with a port or without",
  json: { type: "string", minLength: 1, examples: ["keep", "shadow", "api.example"] },
  parse(value) {
    if (value === "keep" || value === "shadow") return { value: { type: value } };
    const parsed = authority.parse(value);
    return "problem" in parsed ? parsed : { value: { type: "literal", host: parsed.value } };
  },
};
