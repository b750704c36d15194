import type { AttributeSource } from "../../model/explain/attribute.ts";
import { declaredSyntax, looksLikeJson } from "../body/media-types.ts";
import type { ParsedTree } from "../body/parse-body.ts";
import { childPositions, ROOT_POSITION, type JsonPosition } from "../redact/json-secrets.ts";
import type { ResponseBody } from "../response-body.ts";
import { BodyPath } from "../tree/body-path.ts";
import { ExactNumber } from "../tree/exact-number.ts";
import { Duplicates, type Json, type JsonObject } from "../tree/json-tree.ts";
import { hasDataKeys } from "../tree/keys/dynamic-keys.ts";
import type { AttributeList } from "./attribute-list.ts";

/** Larger bodies are not read, whether the comparison has read them or not: their attributes must not depend on the result. */
const MAX_BODY_BYTES = 256 * 1024;
const MAX_DEPTH = 2;
/** Enough to see how a text begins. */
const START_BYTES = 64;

type BodySource = Extract<AttributeSource, "request-body" | "response-body">;

/** Adds the scalars of the two upper levels of a body, and the lengths of lists and maps there. Of JSON, and of forms in requests. */
export function addBody(list: AttributeList, source: BodySource, body: ResponseBody): void {
  if (body.captured.length === 0 || !mayBeTree(body)) return;
  const isReadable = !body.isTruncated && body.captured.length <= MAX_BODY_BYTES && body.decoded.ok;
  if (!isReadable || !body.decoded.ok || body.decoded.bytes.length > MAX_BODY_BYTES) return list.markCut(source);
  const { parsed } = body;
  if (parsed?.form === "uncompared") return list.markCut(source);
  if (parsed?.form === "tree" && hasMembers(parsed, source)) addTree(list, source, parsed);
}

/** Whether the media type, or how the body begins, says that there may be something to read. */
function mayBeTree(body: ResponseBody): boolean {
  const declared = declaredSyntax(body.mediaType);
  if (declared === "json" || declared === "form") return true;
  if (declared !== "unknown" && declared !== "text") return false;
  if (body.captured.length > MAX_BODY_BYTES || !body.decoded.ok) return false;
  return looksLikeJson(Buffer.from(body.decoded.bytes.subarray(0, START_BYTES)).toString("latin1"));
}

function hasMembers({ syntax }: ParsedTree, source: BodySource): boolean {
  return syntax === "json" || (syntax === "form" && source === "request-body");
}

interface Level {
  readonly path: BodyPath;
  readonly value: Json;
  readonly position: JsonPosition;
}

/** Level by level, so that what is nearest to the root is kept. */
function addTree(list: AttributeList, source: BodySource, { value, syntax }: ParsedTree): void {
  const isForm = syntax === "form";
  let level: Level[] = [{ path: new BodyPath("$", false, undefined), value, position: ROOT_POSITION }];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const next: Level[] = [];
    for (const one of level) {
      if (!list.hasSpace(source)) return list.markCut(source);
      const value = isForm ? joinedField(one.value) : lastValue(one.value);
      if (!isContainer(value)) addScalar(list, source, { ...one, value }, isForm);
      else if (Array.isArray(value)) list.addValue(source, `${one.path.text}.length`, value.length);
      else if (hasDataKeys(value)) list.addValue(source, `${one.path.text}.length`, Object.keys(value).length);
      else if (depth < MAX_DEPTH) next.push(...members(value, one));
    }
    level = next;
  }
}

/** The members whose keys are names. */
function members(object: JsonObject, { path, position }: Level): Level[] {
  const positions = childPositions(object, position);
  return Object.entries(object).flatMap(([key, value]): Level[] => {
    const member = path.member(key);
    return member.isDynamic ? [] : [{ path: member, value, position: positions.of(key) }];
  });
}

function addScalar(list: AttributeList, source: BodySource, { path, value, position }: Level, isForm: boolean): void {
  const name = path.text;
  if (typeof value === "boolean" || value === null) return list.addValue(source, name, value);
  const scalar = value instanceof ExactNumber ? value.source : (value as string | number);
  if (position.isSecret || path.isSensitive) list.addSecret(source, name, String(scalar));
  else if (isForm) list.addText(source, name, String(scalar));
  else list.addValue(source, name, scalar);
}

/** Parsers keep the last value of a repeated key. */
function lastValue(value: Json): Json {
  return value instanceof Duplicates ? (value.values.at(-1) ?? null) : value;
}

/** The values of a repeated field of a form. */
function joinedField(value: Json): Json {
  return value instanceof Duplicates ? value.values.map(String).join(", ") : value;
}

function isContainer(value: Json): value is Json[] | JsonObject {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber || value instanceof Duplicates);
}
