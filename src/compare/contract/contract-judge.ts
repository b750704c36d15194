import type { ErrorObject } from "ajv";
import type { Contract, ContractOperation, ContractResponse } from "../../model/contract/contract.ts";
import type { Section } from "../../model/difference.ts";
import type { CapturedResponse } from "../captured-response.ts";
import type { MapPaths } from "../tree/keys/map-paths.ts";
import { hasDataKeys } from "../tree/keys/dynamic-keys.ts";
import type { JsonObject } from "../tree/json-tree.ts";
import { escapeToken, rootPosition } from "../tree/tree-position.ts";
import { createSchemaValidators } from "./schema-validators.ts";

/** Where a response breaks the contract. */
export interface Violation {
  readonly section: Section & ("status" | "header" | "body");
  /** As that of a difference; `$` for a status. */
  readonly path: string;
  /** A JSON Pointer (RFC 6901) to a value in the body; empty otherwise, and where a key is data. */
  readonly pointer: string;
  /** What the contract says, without captured content. */
  readonly message: string;
}

export interface Judgment {
  readonly violations: readonly Violation[];
  /** The body was not judged: it is incomplete, cannot be decoded, or is too large or too deep. */
  readonly isPartial: boolean;
}

/** @returns null if the contract does not describe the operation, or the response failed */
export type JudgeResponse = (
  operation: { readonly endpoint: string; readonly method: string },
  response: CapturedResponse,
  maps: MapPaths,
) => Judgment | null;

/** Of one response: further violations are not listed. */
const MAX_VIOLATIONS = 50;
/** Characters of a body in which all violations are looked for. In a larger one, validation ends at the first, because each costs memory. */
const MAX_EXAMINED_CHARS = 64 * 1024;
const NOT_MODIFIED = 304;
const JSON_TYPE = /[/+]json$/;

const CONFORMS: Judgment = { violations: [], isPartial: false };
const PARTIAL: Judgment = { violations: [], isPartial: true };

/** Judges responses by a contract: whether status and media type are described, and JSON bodies by their schemas. */
export function createContractJudge({ operations, schemas }: Contract): JudgeResponse {
  const byEndpoint = new Map(operations.map((operation) => [operation.endpoint, operation]));
  const validators = createSchemaValidators(schemas);
  return ({ endpoint, method }, response, maps) => {
    const operation = byEndpoint.get(endpoint);
    if (operation === undefined || response.capture.failure !== null) return null;
    const { status } = response.head;
    // It describes no other content than the response that a cache has (RFC 9110 §15.4.5).
    if (status === NOT_MODIFIED) return CONFORMS;
    const described = responseOf(operation, status);
    if (described === undefined) return breaks("status", "$", `status ${status} is not described`);
    if (Object.keys(described.content).length === 0 || method === "HEAD") return CONFORMS;
    const { body } = response;
    if (body.captured.length === 0) return breaks("body", "$", "has no content");
    const schema = schemaOf(described, body.mediaType);
    if (schema === undefined) return breaks("header", "content-type", "the media type is not described");
    if (schema === null || !JSON_TYPE.test(body.mediaType)) return CONFORMS;
    const { parsed } = body;
    if (body.isTruncated || parsed === undefined || parsed.form === "uncompared") return PARTIAL;
    if (parsed.form !== "tree" || parsed.syntax !== "json" || parsed.text === undefined) {
      return breaks("body", "$", "is not valid JSON");
    }
    const { text } = parsed;
    const value: unknown = JSON.parse(text);
    try {
      if (validators.errorsOf(schema, value, false).length === 0) return CONFORMS;
      const errors = validators.errorsOf(schema, value, text.length <= MAX_EXAMINED_CHARS);
      return { violations: violationsOf(errors, value, maps), isPartial: false };
    } catch (error) {
      // Too deep for the stack.
      if (error instanceof RangeError) return PARTIAL;
      throw error;
    }
  };
}

function breaks(section: Violation["section"], path: string, message: string): Judgment {
  return { violations: [{ section, path, pointer: "", message }], isPartial: false };
}

/** OpenAPI 3.1 §4.8.16: a status comes before its class, and that before the default. */
function responseOf({ responses }: ContractOperation, status: number): ContractResponse | undefined {
  return responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses["default"];
}

/** The most specific description of a media type (OpenAPI 3.1 §4.8.14). @returns undefined if there is none */
function schemaOf({ content }: ContractResponse, mediaType: string): string | null | undefined {
  const [type = ""] = mediaType.split("/", 1);
  const key = [mediaType, `${type}/*`, "*/*"].find((one) => Object.hasOwn(content, one));
  return key === undefined ? undefined : content[key];
}

function violationsOf(errors: readonly ErrorObject[], value: unknown, maps: MapPaths): readonly Violation[] {
  const byPath = new Map<string, Violation>();
  for (const error of errors) {
    const { path, pointer } = placeOf(error, value, maps);
    const known = byPath.get(path);
    if (known === undefined && byPath.size >= MAX_VIOLATIONS) continue;
    byPath.set(path, known ?? { section: "body", path, pointer, message: error.message ?? error.keyword });
  }
  return [...byPath.values()];
}

/** The member that is missing, or should not be there, is more precise than the object that lacks or has it. */
function memberOf({ params }: ErrorObject): string | undefined {
  const { missingProperty, additionalProperty, unevaluatedProperty, propertyName } = params as Readonly<
    Record<string, string | undefined>
  >;
  return missingProperty ?? additionalProperty ?? unevaluatedProperty ?? propertyName;
}

function placeOf(error: ErrorObject, root: unknown, maps: MapPaths): { path: string; pointer: string } {
  const tokens = error.instancePath.split("/").slice(1);
  const keys = tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const member = memberOf(error);
  if (member !== undefined) keys.push(member);
  let { path } = rootPosition(undefined);
  let value = root;
  for (const key of keys) {
    const isList = Array.isArray(value);
    path = isList ? path.element() : path.member(key, isMap(value, path.text, maps));
    value = isList || isObject(value) ? Reflect.get(value as object, key) : undefined;
  }
  const pointer = path.text.includes("{*}") ? "" : keys.map((key) => `/${escapeToken(key)}`).join("");
  return { path: path.text, pointer };
}

function isMap(value: unknown, path: string, maps: MapPaths): boolean {
  return maps.has(path) || (isObject(value) && hasDataKeys(value));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
