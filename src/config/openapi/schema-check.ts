import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Problem } from "../config-error.ts";
import type { OpenApiNode } from "./openapi-node.ts";
import type { ResponseSchemas } from "./response-schemas.ts";

const DEFINITIONS = "$defs";

/** Validates schemas against the meta-schema of JSON Schema. @returns one problem for each value that is wrong */
export function checkSchemas(schemas: ResponseSchemas): readonly Problem[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  if (ajv.validateSchema({ [DEFINITIONS]: schemas.definitions }) === true) return [];
  const byPath = new Map<string, Problem>();
  for (const error of ajv.errors ?? []) {
    const node = nodeAt(error.instancePath, schemas);
    // A value can be wrong for each of several alternatives: the first error names what it is compared with.
    if (node !== undefined && !byPath.has(error.instancePath)) byPath.set(error.instancePath, problemOf(node, error));
  }
  // A schema is wrong because of what is in it.
  const paths = [...byPath.keys()];
  return [...byPath].filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))).map(([, one]) => one);
}

function problemOf(node: OpenApiNode, { message = "is not valid", params }: ErrorObject): Problem {
  const { allowedValues } = params as { readonly allowedValues?: readonly unknown[] };
  return node.problem(message, allowedValues?.map(String).join(", "));
}

/** @param instancePath of the joined schemas, `/$defs/3/properties/id/type` */
function nodeAt(instancePath: string, schemas: ResponseSchemas): OpenApiNode | undefined {
  const [, , name = "", ...keys] = instancePath
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  let node = schemas.sourceOf(name);
  for (const key of keys) node = node?.child(key) ?? node;
  return node;
}
