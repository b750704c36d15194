import { z } from "zod";
import { unwrapSchema, allFieldsSchema } from "./config-document.ts";
import type { SchemaNote } from "./options/option.ts";
import type { JsonSchema } from "./values/value-type.ts";

const DIALECT = "http://json-schema.org/draft-07/schema#";
/** The JSON Schema of the configuration, for editors. It does not cover constraints between fields; `check` does. */
export function configurationSchema(): JsonSchema {
  return {
    $schema: DIALECT,
    title: "Configuration of shadowdiff",
    ...objectJson(allFieldsSchema),
    // Routes are written, follow from the versions, or come from Istio documents.
    required: [],
    anyOf: [{ required: ["subsets", "routes"] }, { required: ["primary", "candidate"] }, { required: ["istio"] }],
  };
}

function fieldJson(schema: unknown): JsonSchema {
  const { description, shorthand } = noteOf(schema);
  const defaultValue = defaultOf(schema);
  const written = valueJson(schema);
  return {
    ...(description === undefined ? {} : { description }),
    ...(shorthand === undefined ? written : { anyOf: [shorthand, written] }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
  };
}

function valueJson(schema: unknown): JsonSchema {
  const { json } = noteOf(schema);
  if (json !== undefined) return json;
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodObject) return objectJson(inner);
  if (inner instanceof z.ZodRecord) return { type: "object", additionalProperties: fieldJson(inner.valueType) };
  if (inner instanceof z.ZodArray) return arrayJson(inner);
  throw new Error(`no JSON Schema for ${String((inner as z.ZodType | undefined)?.type)}`);
}

function objectJson({ shape }: z.ZodObject): JsonSchema {
  // Fields that only exist for their error message.
  const fields = Object.entries(shape).filter(([, schema]) => !(unwrapSchema(schema) instanceof z.ZodNever));
  const required = fields.filter(([, schema]) => !isOptional(schema)).map(([field]) => field);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([field, schema]) => [field, fieldJson(schema)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function isOptional(schema: unknown): boolean {
  if (schema instanceof z.ZodPipe) return isOptional(schema.in);
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
}

function arrayJson(schema: z.ZodArray): JsonSchema {
  const { minItems } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return { type: "array", ...(minItems === undefined ? {} : { minItems }), items: fieldJson(schema.element) };
}

/** The outermost note wins. */
function noteOf(schema: unknown): SchemaNote {
  if (!(schema instanceof z.ZodType)) return {};
  const own = (schema.meta() ?? {}) as SchemaNote;
  const below = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return below ? { ...noteOf(schema.unwrap()), ...own } : own;
}

/** The default as written in YAML. */
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
