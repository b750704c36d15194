import { z } from "zod";
import type { JsonSchema, ValueType } from "../values/value-type.ts";

/**
 * One thing that can be configured. Its place in the tree of options is its YAML field; flag and environment variable
 * follow from it.
 */
export interface Option<T> {
  readonly type: ValueType<unknown>;
  readonly help: string;
  /** As a person would write it; undefined when there is none. */
  readonly defaultText: string | undefined;
  /** Without the dashes; undefined when it follows from the YAML field. */
  readonly flag: string | undefined;
  /** The flag may be repeated. */
  readonly list: boolean;
  /** Reads the value from YAML or text and puts the default in its place when it is missing. */
  readonly schema: z.ZodType<T>;
}

interface Declaration {
  readonly help: string;
  readonly flag?: string | undefined;
}

/** An option that always has a value. @param fallback its default, written as a person would write it */
export function option<T>(type: ValueType<T>, fallback: string, declaration: Declaration): Option<T> {
  const parsed = type.parse(fallback);
  if ("problem" in parsed) throw new Error(`default ${fallback}: ${parsed.problem}`);
  const note = { description: declaration.help, defaultText: fallback } satisfies SchemaNote;
  const schema = schemaOf(type)
    .default(parsed.value as never)
    .meta(note);
  return { ...common(type, declaration), defaultText: fallback, schema };
}

/** An option that may be absent. */
export function optional<T>(type: ValueType<T>, declaration: Declaration): Option<T | undefined> {
  return {
    ...common(type, declaration),
    defaultText: undefined,
    schema: schemaOf(type).optional().describe(declaration.help),
  };
}

/** An option with several values, which may be none. @param fallback with commas between the values */
export function repeated<T>(
  type: ValueType<readonly T[]>,
  fallback: string,
  declaration: Declaration,
): Option<readonly T[]> {
  if (fallback !== "") return { ...option(type, fallback, declaration), list: true };
  const schema = schemaOf(type)
    .default([] as never)
    .describe(declaration.help);
  return { ...optional(type, declaration), schema, list: true };
}

/** The schema of a field without which its mapping makes no sense. */
export function required<T>(type: ValueType<T>): z.ZodType<T> {
  return schemaOf(type);
}

/** What an error says besides its message, carried by a Zod issue to the error text. */
export interface IssueParams {
  readonly allowed: string;
  /** Whether the name of the field is meant and not its value. */
  readonly key?: boolean | undefined;
}

/** What JSON Schema needs to know, carried by a Zod schema. */
export interface SchemaNote {
  readonly description?: string | undefined;
  /** As a person would write it. */
  readonly defaultText?: string | undefined;
  /** Instead of what the schema itself says. */
  readonly json?: JsonSchema | undefined;
  /** A further way of writing the value. */
  readonly shorthand?: JsonSchema | undefined;
}

function common(type: ValueType<unknown>, { help, flag }: Declaration) {
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
