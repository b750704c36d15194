import { linearExpression } from "../../lib/text/linear-expression.ts";
import { ConfigError } from "../config-error.ts";
import type { OpenApiFiles } from "./openapi-files.ts";
import { isMapping, type OpenApiNode } from "./openapi-node.ts";

type JsonSchema = boolean | Record<string, unknown>;

/** Keywords whose value is a schema. */
const SCHEMAS: ReadonlySet<string> = new Set(
  "not items additionalProperties contains propertyNames if then else unevaluatedItems unevaluatedProperties".split(
    " ",
  ),
);
/** Keywords whose value is a list of schemas. */
const LISTS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
/** Keywords whose value is a mapping from names to schemas. */
const MAPPINGS: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas"]);
/** Keywords that are copied. All others, such as descriptions and examples, do not decide about a value. */
const ASSERTIONS: ReadonlySet<string> = new Set(
  (
    "type enum const format pattern multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength " +
    "maxItems minItems uniqueItems minContains maxContains maxProperties minProperties required dependentRequired"
  ).split(" "),
);

/**
 * The schemas of responses, as one JSON Schema (2020-12). A schema that is referred to, also by itself, is a member of `$defs`; the
 * dialect of OpenAPI 3.0 is converted. Properties that are only written are not required in a response.
 */
export class ResponseSchemas {
  readonly #files: OpenApiFiles;
  readonly #isDialectOf30: boolean;
  /** By `OpenApiNode.id`. */
  readonly #names = new Map<string, string>();
  readonly #sources = new Map<string, OpenApiNode>();
  readonly #definitions: Record<string, JsonSchema> = {};

  /** @param version of OpenAPI: `3.0.3` */
  constructor(files: OpenApiFiles, version: string) {
    this.#files = files;
    this.#isDialectOf30 = version.startsWith("3.0");
  }

  /** By name. */
  get definitions(): Readonly<Record<string, JsonSchema>> {
    return this.#definitions;
  }

  /** The node in the document from which a definition was made. @param name of a definition */
  sourceOf(name: string): OpenApiNode | undefined {
    return this.#sources.get(name);
  }

  /** Adds a schema and all that it refers to. @returns its name @throws ConfigError if there is something else */
  add(written: OpenApiNode): string {
    const node = this.#files.resolve(written);
    const known = this.#names.get(node.id);
    if (known !== undefined) return known;
    const name = String(this.#names.size);
    // Before its references are followed, because they can lead back to it.
    this.#names.set(node.id, name);
    this.#sources.set(name, node);
    this.#definitions[name] = this.#convert(node);
    return name;
  }

  #convert(node: OpenApiNode): JsonSchema {
    const { value } = node;
    if (typeof value === "boolean") return value;
    if (!isMapping(value)) throw new ConfigError([node.problem("a schema is a mapping")]);
    const reference = node.reference === undefined ? {} : { $ref: `#/$defs/${this.add(node)}` };
    // OpenAPI 3.0 ignores what stands next to a reference.
    if (node.reference !== undefined && this.#isDialectOf30) return reference;
    const members = node.members().flatMap(([keyword, member]) => this.#keyword(keyword, member, node));
    const schema: Record<string, unknown> = { ...Object.fromEntries(members), ...reference };
    return this.#isDialectOf30 ? fromDialectOf30(schema, value) : schema;
  }

  #keyword(keyword: string, member: OpenApiNode, schema: OpenApiNode): readonly (readonly [string, unknown])[] {
    if (keyword === "$dynamicRef") {
      throw new ConfigError([member.problem("$dynamicRef is not supported", "$ref")]);
    }
    if (keyword === "pattern") checkExpression(member);
    if (keyword === "required") return [[keyword, this.#required(member, schema)]];
    if (ASSERTIONS.has(keyword)) return [[keyword, member.value]];
    if (SCHEMAS.has(keyword)) return [[keyword, this.#convert(member)]];
    if (LISTS.has(keyword)) return [[keyword, member.elements().map((element) => this.#convert(element))]];
    if (!MAPPINGS.has(keyword)) return [];
    return [[keyword, Object.fromEntries(namedMembers(member).map(([name, node]) => [name, this.#convert(node)]))]];
  }

  /** OpenAPI 3.0.3 §4.7.24.1 and JSON Schema Validation §9.4: what is only written is not sent. */
  #required(member: OpenApiNode, schema: OpenApiNode): unknown {
    const { value } = member;
    if (!Array.isArray(value)) return value;
    return value.filter((name: unknown) => {
      const property = schema.child("properties")?.child(String(name));
      return property === undefined || this.#files.resolve(property).child("writeOnly")?.value !== true;
    });
  }
}

/** The meta-schema does not say what an expression is. */
function checkExpression(pattern: OpenApiNode): void {
  if (typeof pattern.value !== "string") return;
  try {
    linearExpression(pattern.value);
  } catch (error) {
    throw new ConfigError([pattern.problem((error as Error).message)]);
  }
}

/** Also those whose name begins like an extension. */
function namedMembers(node: OpenApiNode): readonly (readonly [string, OpenApiNode])[] {
  return isMapping(node.value)
    ? Object.keys(node.value).flatMap((name) => {
        const member = node.child(name);
        return member === undefined ? [] : [[name, member] as const];
      })
    : [];
}

/** `nullable`, and limits that are excluded by a flag. */
function fromDialectOf30(schema: Record<string, unknown>, written: Readonly<Record<string, unknown>>) {
  const { type } = schema;
  if (written["nullable"] === true && typeof type === "string") schema["type"] = [type, "null"];
  for (const [limit, excluded] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof schema[excluded] !== "boolean") continue;
    if (schema[excluded] && schema[limit] !== undefined) {
      schema[excluded] = schema[limit];
      delete schema[limit];
    } else delete schema[excluded];
  }
  return schema;
}
