import { z } from "zod";
import type { JsonSchema, ValueType } from "../values/value-type.ts";

/** One configurable value. Its position in the tree of options is its YAML field; flag and environment variable follow from it. */
export interface Option<T> {
  readonly type: ValueType<unknown>;
  readonly help: string;
  /** The parsed default. */
  readonly default: T;
  /** As written in a document; undefined if there is no default to show. */
  readonly defaultText: string | undefined;
  /** Without the dashes; undefined if it follows from the YAML field. */
  readonly flag: string | undefined;
  /** Whether the flag can be repeated. */
  readonly list: boolean;
  /** Parses the value from YAML or text, and supplies the default. */
  readonly schema: z.ZodType<T>;
}

interface OptionText {
  readonly help: string;
  readonly flag?: string | undefined;
}

/** An option that always has a value. @param defaultValue as written in a document */
export function option<T>(type: ValueType<T>, defaultValue: string | number, text: OptionText): Option<T> {
  const defaultText = String(defaultValue);
  const parsed = type.parse(defaultValue);
  if ("problem" in parsed) throw new Error(`default ${defaultText}: ${parsed.problem}`);
  const note = { description: text.help, defaultText } satisfies SchemaNote;
  const schema = schemaOf(type)
    .default(parsed.value as never)
    .meta(note);
  return { ...baseOption(type, text), default: parsed.value, defaultText, schema };
}

/** An option without a default. */
export function optional<T>(type: ValueType<T>, text: OptionText): Option<T | undefined> {
  return {
    ...baseOption(type, text),
    default: undefined,
    defaultText: undefined,
    schema: schemaOf(type).optional().describe(text.help),
  };
}

/** An option with any number of values. @param defaultValue separated by commas; empty for an empty list */
export function repeated<T>(
  type: ValueType<readonly T[]>,
  defaultValue: string,
  text: OptionText,
): Option<readonly T[]> {
  if (defaultValue !== "") return { ...option(type, defaultValue, text), list: true };
  const schema = schemaOf(type)
    .default([] as never)
    .describe(text.help);
  return { ...optional(type, text), default: [], schema, list: true };
}

/** The path of a field in a document; in the path of an option, `*` means every item of a list. */
export type FieldPath = readonly (string | number)[];

/** Options by their YAML fields. */
export interface OptionTree {
  readonly [field: string]: Option<unknown> | OptionTree;
}

/** The values of the options of a tree. */
export type OptionValues<T> = T extends Option<infer V> ? V : { readonly [Name in keyof T]: OptionValues<T[Name]> };

export function isOption(node: Option<unknown> | OptionTree): node is Option<unknown> {
  return "schema" in node && "type" in node;
}

/** The fields of a mapping with these options. */
export function shapeOf(tree: OptionTree): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(tree).map(([field, node]) => [
      field,
      isOption(node) ? node.schema : z.strictObject(shapeOf(node)).prefault({}),
    ]),
  );
}

/** The schema of a mandatory field. */
export function required<T>(type: ValueType<T>): z.ZodType<T> {
  return schemaOf(type);
}

/** What a Zod issue carries to the error text in addition to its message. */
export interface IssueParams {
  readonly allowed: string;
  /** Whether the problem is the name of the field instead of its value. */
  readonly key?: boolean | undefined;
}

/** What a Zod schema carries to JSON Schema. */
export interface SchemaNote {
  readonly description?: string | undefined;
  /** As written in a document. */
  readonly defaultText?: string | undefined;
  /** Replaces what would follow from the schema. */
  readonly json?: JsonSchema | undefined;
  /** An alternative form of the value. */
  readonly shorthand?: JsonSchema | undefined;
}

function baseOption(type: ValueType<unknown>, { help, flag }: OptionText) {
  return { type, help, flag, list: false };
}

function schemaOf<T>(type: ValueType<T>): z.ZodType<T> {
  return z
    .unknown()
    .transform((value, context): T => {
      const parsed = value === undefined ? { problem: "missing" } : type.parse(value);
      if ("value" in parsed) return parsed.value;
      const params: IssueParams = { allowed: type.allowed };
      context.issues.push({ code: "custom", input: value, message: parsed.problem, params });
      return z.NEVER;
    })
    .meta({ json: type.json } satisfies SchemaNote);
}
