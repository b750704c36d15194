import type { ProbeRequest } from "../../model/isolate/probe.ts";
import { endToEndFields } from "../../presentation/exchange/end-to-end-fields.ts";
import { readBodyParts, type BodyParts } from "./body-parts.ts";
import type { ClearPart, PartChanges } from "./clear-part.ts";

/** A request in parts. */
export interface RequestParts {
  /** All parts, in the order in which they are tried. */
  readonly all: readonly ClearPart[];
  /** The request with some parts left out or replaced. */
  readonly build: (changes: PartChanges) => ProbeRequest;
}

export interface RequestPartsOptions {
  /** Method and path template of the request. */
  readonly endpoint: string;
  /** Targets of other requests to the endpoint, whose path parameters are tried in place of the original ones. */
  readonly otherTargets: readonly string[];
  /** Names of fields in lower case that are not part of the request of a client. */
  readonly ownFields: ReadonlySet<string>;
}

/** A piece of a request from which parts are left out: texts and parts, joined with a separator. */
interface Field {
  readonly name: string;
  /** The whole value, or the cookies in it. */
  readonly parts: readonly ClearPart[];
  readonly value: string;
}

/** Values that are tried in place of a path parameter. */
const MAX_OTHER_VALUES = 2;

/**
 * Divides a request into header fields, cookies, query parameters, path parameters, and members of its body. Host and the fields
 * that frame a message are not parts of it.
 */
export function readRequestParts(request: ProbeRequest, options: RequestPartsOptions): RequestParts {
  const fields = endToEndFields(request.headers)
    .filter(([name]) => !options.ownFields.has(name.toLowerCase()))
    .map(readField);
  const [path = "", ...rest] = request.target.split("?");
  const query = readQuery(rest.join("?"));
  const segments = readPath(path, options);
  const body = readBodyParts(request);
  return {
    all: [
      ...fields.flatMap(({ parts }) => parts),
      ...query.flatMap(({ part }) => part ?? []),
      ...segments.flatMap(({ part }) => part ?? []),
      ...body.all,
    ],
    build: (changes) => ({
      method: request.method,
      target: buildTarget(segments, rest.length === 0 ? undefined : query, changes),
      headers: fields.flatMap((field) => buildField(field, changes)),
      body: buildBody(body, request, changes),
    }),
  };
}

function readField([name, value]: readonly [name: string, value: string]): Field {
  const lower = name.toLowerCase();
  if (lower === "host") return { name, value, parts: [] };
  if (lower !== "cookie") return { name, value, parts: [{ kind: "header", name: lower, value }] };
  const pairs = value.split(";").map((pair) => pair.trim());
  return { name, value, parts: pairs.filter((pair) => pair !== "").map(readCookie) };
}

function readCookie(pair: string): ClearPart {
  const equals = pair.indexOf("=");
  return { kind: "cookie", name: pair.slice(0, Math.max(0, equals)).trim(), value: pair.slice(equals + 1).trim() };
}

function buildField({ name, value, parts }: Field, changes: PartChanges): string[] {
  if (parts.every((part) => !changes.has(part))) return [name, value];
  const values = parts.flatMap((part) => {
    const own = changes.get(part);
    if (own === null) return [];
    const text = own ?? part.value;
    return [part.kind === "cookie" && part.name !== "" ? `${part.name}=${text}` : text];
  });
  return values.length === 0 ? [] : [name, values.join("; ")];
}

interface Parameter {
  /** As written; undefined for an empty one. */
  readonly text: string;
  readonly part: ClearPart | undefined;
}

function readQuery(query: string): readonly Parameter[] {
  return query.split("&").map((text) => {
    if (text === "") return { text, part: undefined };
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    return { text, part: { kind: "query", name, value: equals === -1 ? "" : text.slice(equals + 1) } };
  });
}

interface Segment {
  readonly text: string;
  readonly part: ClearPart | undefined;
}

/** The segments that are parameters of the endpoint and have other values elsewhere. */
function readPath(path: string, { endpoint, otherTargets }: RequestPartsOptions): readonly Segment[] {
  const texts = path.split("/");
  const template = endpoint.slice(endpoint.indexOf(" ") + 1).split("/");
  const others = otherTargets.map((target) => (target.split("?", 1)[0] ?? "").split("/"));
  return texts.map((text, index) => {
    const parameter = template.length === texts.length ? /\{([^{}]*)\}/.exec(template[index] ?? "") : null;
    if (parameter === null) return { text, part: undefined };
    const values = others.filter(({ length }) => length === texts.length).map((segments) => segments[index] ?? "");
    const distinct = [...new Set(values)].filter((value) => value !== text && value !== "");
    if (distinct.length === 0) return { text, part: undefined };
    const name = parameter[1] ?? "";
    return { text, part: { kind: "path", name, value: text, others: distinct.slice(0, MAX_OTHER_VALUES) } };
  });
}

function buildTarget(
  segments: readonly Segment[],
  query: readonly Parameter[] | undefined,
  changes: PartChanges,
): string {
  const path = segments.map(({ text, part }) => (part === undefined ? text : (changes.get(part) ?? text))).join("/");
  if (query === undefined) return path;
  const isChanged = query.some(({ part }) => part !== undefined && changes.has(part));
  const parameters = query.flatMap(({ text, part }) => {
    const own = part === undefined ? undefined : changes.get(part);
    if (own === null || (isChanged && text === "")) return [];
    return [own === undefined ? text : `${part?.name ?? ""}=${own}`];
  });
  return isChanged && parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

function buildBody(body: BodyParts, request: ProbeRequest, changes: PartChanges): Uint8Array | null {
  return body.all.some((part) => changes.has(part)) ? body.build(changes) : request.body;
}
