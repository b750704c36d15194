import { nearest } from "./suggest.ts";

/** A value of an option as it was read, or what is wrong with it in words that follow the option's name. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** What JSON Schema says about a value. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One way of writing a value: the same in YAML, in a flag and in an environment variable. */
export interface ValueType<T> {
  /** Stands for the value in help texts: `--listen <address>`. */
  readonly placeholder: string;
  /** What may be written, for a person. */
  readonly allowed: string;
  /** How an editor checks it in YAML; it may let more pass than `parse`. */
  readonly json: JsonSchema;
  /** @param value a scalar or list from YAML, or text */
  parse(value: unknown): Parsed<T>;
}

const LONGEST_SHOWN = 60;

/** A wrong value as an error shows it: quoted when it is text, and cut. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** Any text but the empty one. */
export function text(placeholder: string, allowed: string): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: String.raw`\S` },
    parse: (value) =>
      typeof value === "string" && value.trim() !== "" ? { value } : { problem: `${shown(value)} is no such text` },
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
      return { problem: `cannot be ${shown(value)}${meant === undefined ? "" : `; did you mean "${meant}"?`}` };
    },
  };
}

/** true or false. */
export const truth: ValueType<boolean> = {
  placeholder: "truth",
  allowed: "true or false",
  json: { type: "boolean" },
  parse(value) {
    if (value === true || value === "true") return { value: true };
    if (value === false || value === "false") return { value: false };
    return { problem: `${shown(value)} is neither` };
  },
};

/** Several values: a list in YAML, a repeated flag, or text with commas in an environment variable. */
export function listOf<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    placeholder: type.placeholder,
    allowed: `a list of: ${type.allowed}`,
    json: { type: "array", items: type.json },
    parse(value) {
      const items: unknown = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
      if (!Array.isArray(items)) return { problem: `${shown(value)} is no list` };
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
