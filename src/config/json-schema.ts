import { z } from "zod";
import { unwrapped, wholeSchema } from "./config-document.ts";
import type { SchemaNote } from "./options/option.ts";
import type { JsonSchema } from "./values/value-type.ts";

const DIALECT = "http://json-schema.org/draft-07/schema#";
/**
 * The JSON Schema of the native configuration, for editors: it knows every field and what may stand in it. What depends on
 * other fields only `check` knows.
 */
export function configurationSchema(): JsonSchema {
  return {
    $schema: DIALECT,
    title: "Configuration of shadowdiff",
    ...objectJson(wholeSchema),
    // Either routes of its own or those of documents.
    required: [],
    anyOf: [{ required: ["subsets", "routes"] }, { required: ["istio"] }],
  };
}

function jsonOf(schema: unknown): JsonSchema {
  const { description, shorthand } = noteOf(schema);
  const defaultValue = defaultOf(schema);
  const written = writtenJson(schema);
  return {
    ...(description === undefined ? {} : { description }),
    ...(shorthand === undefined ? written : { anyOf: [shorthand, written] }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
  };
}

function writtenJson(schema: unknown): JsonSchema {
  const { json } = noteOf(schema);
  if (json !== undefined) return json;
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return objectJson(inner);
  if (inner instanceof z.ZodRecord) return { type: "object", additionalProperties: jsonOf(inner.valueType) };
  if (inner instanceof z.ZodArray) return arrayJson(inner);
  throw new Error(`no JSON Schema for ${String((inner as z.ZodType | undefined)?.type)}`);
}

function objectJson({ shape }: z.ZodObject): JsonSchema {
  // What is refused with a text of its own is simply not there.
  const fields = Object.entries(shape).filter(([, schema]) => !(unwrapped(schema) instanceof z.ZodNever));
  const required = fields.filter(([, schema]) => !mayBeMissing(schema)).map(([field]) => field);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([field, schema]) => [field, jsonOf(schema)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function mayBeMissing(schema: unknown): boolean {
  if (schema instanceof z.ZodPipe) return mayBeMissing(schema.in);
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
}

function arrayJson(schema: z.ZodArray): JsonSchema {
  const { minItems } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return { type: "array", ...(minItems === undefined ? {} : { minItems }), items: jsonOf(schema.element) };
}

/** From the outside inwards, the first that says something. */
function noteOf(schema: unknown): SchemaNote {
  if (!(schema instanceof z.ZodType)) return {};
  const own = (schema.meta() ?? {}) as SchemaNote;
  const below = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return below ? { ...noteOf(schema.unwrap()), ...own } : own;
}

/** As it is written in YAML; of lists only the empty one is told, which needs no words. */
function defaultOf(schema: unknown): unknown {
  const { defaultText, json } = noteOf(schema);
  if (defaultText !== undefined) {
    if (json?.["type"] === "array") return defaultText.split(",");
    const isNumber = json?.["type"] === "number" || json?.["type"] === "integer";
    return isNumber ? Number(defaultText) : defaultText;
  }
  const value = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
  return typeof value === "object" ? undefined : value;
}
