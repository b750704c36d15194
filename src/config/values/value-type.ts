import { nearest } from "./suggest.ts";

/** The parsed value of an option, or its problem. The problem completes a sentence that starts with the option's name. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** The JSON Schema of a value. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The notation of a value, which is the same in YAML, in a flag and in an environment variable. */
export interface ValueType<T> {
  /** Stands for the value in help: `--listen <address>`. */
  readonly placeholder: string;
  /** What can be written, for error messages. */
  readonly allowed: string;
  /** For editors that check YAML. It can accept more than `parse` does. */
  readonly json: JsonSchema;
  /** Masks a password in what was written, for people. Undefined: it has none. */
  readonly conceal?: ((written: string) => string) | undefined;
  /** @param value a scalar or list from YAML, or text */
  parse(value: unknown): Parsed<T>;
}

/** Stands for a secret. */
export const MASKED = "••••••";
const MAX_QUOTED_CHARS = 60;

/** A rejected value as an error shows it: text is quoted, and long values are cut. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
}

/** Any text that is not blank. @param placeholder names it in errors: `"" is not a valid path` */
export function text(placeholder: string, allowed: string): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: String.raw`\S` },
    parse: (value) =>
      typeof value === "string" && value.trim() !== ""
        ? { value }
        : { problem: `${describeValue(value)} is not a valid ${placeholder}` },
  };
}

/** Text that matches a pattern. @param placeholder names it in errors: `"x y" is not a valid name` */
export function textMatching(placeholder: string, allowed: string, pattern: RegExp): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: pattern.source },
    parse: (value): Parsed<string> =>
      typeof value === "string" && pattern.test(value)
        ? { value }
        : { problem: `${describeValue(value)} is not a valid ${placeholder}` },
  };
}

/** One of a few words. */
export function choice<const T extends string>(...words: readonly T[]): ValueType<T> {
  return {
    placeholder: "word",
    allowed: words.join(", "),
    json: { enum: words },
    parse(value) {
      const found = words.find((word) => word === value);
      if (found !== undefined) return { value: found };
      const meant = typeof value === "string" ? nearest(value, words) : undefined;
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      return { problem: `unknown value ${describeValue(value)}${hint}` };
    },
  };
}

export const bool: ValueType<boolean> = {
  placeholder: "true|false",
  allowed: "true or false",
  json: { type: "boolean" },
  parse(value) {
    if (value === true || value === "true") return { value: true };
    if (value === false || value === "false") return { value: false };
    return { problem: `${describeValue(value)} is not true or false` };
  },
};

/** Several values: a list in YAML, a repeated flag, or comma-separated text in an environment variable. */
export function listOf<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    placeholder: type.placeholder,
    allowed: `a list of: ${type.allowed}`,
    json: { type: "array", items: type.json },
    parse(value) {
      const items: unknown = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
      if (!Array.isArray(items)) return { problem: `${describeValue(value)} is not a list` };
      const values: T[] = [];
      for (const item of items as unknown[]) {
        const parsed = type.parse(item);
        if ("problem" in parsed) return parsed;
        values.push(parsed.value);
      }
      return { value: values };
    },
  };
}
