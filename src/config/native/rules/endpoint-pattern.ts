import { shown, type ValueType } from "../../values/value-type.ts";

const PATTERN = /^(?:[A-Z*][A-Z*-]*\s+)?(?:\/\S*|\*\*)$/;

/** Which endpoints are meant: one of them, or a pattern. */
export const endpointPattern: ValueType<string> = {
  placeholder: "endpoint",
  allowed:
    "an endpoint, like GET /users/{id}, or a pattern: * for any method or within a segment, ** for any rest, as in * /users/**",
  json: { type: "string", pattern: PATTERN.source },
  parse(value) {
    const written = typeof value === "string" ? value.trim() : "";
    if (PATTERN.test(written)) return { value: written };
    const [, method = "", path = ""] = /^([a-z]+)\s+(\/\S*)$/.exec(written) ?? [];
    const hint = method === "" ? "" : `; did you mean "${method.toUpperCase()} ${path}"?`;
    return { problem: `${shown(value)} is no endpoint${hint}` };
  },
};
