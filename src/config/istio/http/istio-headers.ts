import type { HeaderOperations } from "../../../model/routing.ts";
import { isConnectionHeader } from "../../native/routes/header-operations-schema.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { text, texts } from "../../kubernetes/scalar-fields.ts";

export const NO_OPERATIONS: HeaderOperations = { set: [], add: [], remove: [] };

/** The header changes of a route or destination. A new Host is separate, because it is a rewrite. */
export interface HeaderChanges {
  readonly request: HeaderOperations;
  readonly response: HeaderOperations;
  readonly authority: string | undefined;
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** @param field a route or destination, with `headers` or the flat fields of Istio before 1.1 */
export function headerChanges(field: Pick<DocumentField, "child">): HeaderChanges {
  const headers = field.child("headers");
  const request = headers?.child("request");
  const response = headers?.child("response");
  const set = pairs(request?.child("set"), "host");
  return {
    request: {
      set: set.filter(([name]) => !isHost(name)),
      add: [
        ...pairs(request?.child("add")),
        ...pairs(field.child("appendHeaders")),
        ...pairs(field.child("appendRequestHeaders")),
      ],
      remove: [...removedHeaders(request?.child("remove")), ...removedHeaders(field.child("removeRequestHeaders"))],
    },
    response: {
      set: pairs(response?.child("set")),
      add: [...pairs(response?.child("add")), ...pairs(field.child("appendResponseHeaders"))],
      remove: [...removedHeaders(response?.child("remove")), ...removedHeaders(field.child("removeResponseHeaders"))],
    },
    authority: set.find(([name]) => isHost(name))?.[1],
  };
}

function isHost(name: string): boolean {
  return ["host", ":authority"].includes(name.toLowerCase());
}

/** Reads a mapping from header names to values. @param mayBe `host` where Host can be changed */
export function pairs(
  field: DocumentField | undefined,
  mayBe?: "host",
): readonly (readonly [name: string, value: string])[] {
  return (
    field?.entries().flatMap((entry) => {
      const value = text(entry) ?? (entry.empty ? "" : undefined);
      const isDone = (mayBe === "host" && isHost(entry.name)) || isChangeable(entry.name, entry);
      return value === undefined || !isDone ? [] : [[entry.name, checkedValue(value, entry)] as const];
    }) ?? []
  );
}

/** Reads a list of header names to remove. */
export function removedHeaders(field: DocumentField | undefined): readonly string[] {
  return (field?.items() ?? []).flatMap((item) => {
    const name = text(item);
    return name === undefined || !isChangeable(name, item) ? [] : [name];
  });
}

/** Whether a header can be changed. Reports it if not. Host can only be set, as a rewrite. */
export function isChangeable(name: string, field: DocumentField): boolean {
  if (isHost(name)) {
    field.warn("ignored: Host can only be changed by a rewrite; remove it here");
    return false;
  }
  checkName(name, field);
  if (!isConnectionHeader(name)) return true;
  field.warn(`ignored: ${name} is a connection header and cannot be changed; remove it here`);
  return false;
}

/** Reads a list of header names. */
export function names(field: DocumentField | undefined): readonly string[] {
  for (const item of field?.items() ?? []) if (typeof item.scalar === "string") checkName(item.scalar, item);
  return texts(field);
}

/** RFC 9110 §5.1. */
export function checkName(name: string, field: DocumentField): void {
  if (!FIELD_NAME.test(name)) field.error(`${JSON.stringify(name)} is not a valid header name`);
}

/** RFC 9110 §5.5. Reports Envoy's `%…%` variables, which are not supported. @returns the value, with `%%` replaced by `%` */
export function checkedValue(value: string, field: DocumentField): string {
  // oxlint-disable-next-line no-control-regex -- the search is for them
  if (/[\0\r\n]/.test(value)) field.error("a header value cannot contain a line break");
  if (/%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%/.test(value)) field.warn(`Envoy's variables are not substituted: ${value}`);
  return value.replaceAll("%%", "%");
}
