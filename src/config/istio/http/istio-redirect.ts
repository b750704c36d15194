import type { DirectResponse, Redirect, UriRewrite } from "../../../model/routing.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { number, oneOf, port, text } from "../../kubernetes/scalar-fields.ts";
import { wholePath } from "./istio-rewrite.ts";

const MOVED_PERMANENTLY = 301;
const REDIRECT_CODES = [301, 302, 303, 307, 308];
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Reads `redirect`. Missing parts keep the value of the request. */
export function redirect(field: DocumentField): Redirect {
  const code = field.child("redirectCode");
  const status = number(code, { min: 300, max: 399 }) ?? MOVED_PERMANENTLY;
  if (!REDIRECT_CODES.includes(status)) code?.error(`${status} is not a redirect status`, REDIRECT_CODES.join(", "));
  const scheme = text(field.child("scheme"));
  return {
    type: "redirect",
    status,
    scheme,
    authority: text(field.child("authority")),
    port: redirectPort(field, scheme),
    uri: redirectUri(field),
  };
}

function redirectUri(field: DocumentField): UriRewrite | undefined {
  const uri = text(field.child("uri"));
  const prefixField = field.child("prefixRewrite");
  const prefix = text(prefixField);
  if (uri !== undefined && prefix !== undefined) {
    prefixField?.error("uri and prefixRewrite are mutually exclusive");
  }
  if (uri?.includes("%PREFIX()%")) field.warn("%PREFIX()% in uri is not substituted");
  if (uri !== undefined) return wholePath(uri);
  return prefix === undefined ? undefined : { type: "replace", value: prefix };
}

function redirectPort(field: DocumentField, scheme: string | undefined): number | undefined {
  const given = port(field.child("port"));
  const deriveField = field.child("derivePort");
  const derive = oneOf(deriveField, ["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"]);
  if (given !== undefined && derive !== undefined) {
    deriveField?.error("port and derivePort are mutually exclusive");
  }
  if (derive !== "FROM_PROTOCOL_DEFAULT") return given;
  if (scheme === undefined) deriveField?.warn("without scheme the protocol is http, port 80");
  return given ?? (scheme === "https" ? HTTPS_PORT : HTTP_PORT);
}

/** Reads `directResponse`, a response without an upstream. */
export function directResponse(field: DocumentField, headers: DirectResponse["headers"]): DirectResponse {
  const status = number(field.child("status"), { min: 200, max: 599 });
  if (status === undefined && field.child("status") === undefined) field.error("missing: status");
  const body = field.child("body");
  const string = text(body?.child("string"));
  const bytesField = body?.child("bytes");
  const bytes = text(bytesField);
  if (string !== undefined && bytes !== undefined) body?.error("string and bytes are mutually exclusive");
  const content = string ?? decoded(bytes, bytesField);
  const isTyped = content === "" || headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    type: "direct-response",
    status: status ?? 200,
    // Envoy's default.
    headers: isTyped ? headers : [...headers, ["Content-Type", "text/plain"]],
    body: content,
  };
}

/** Decodes base64, the notation of bytes in protobuf's JSON mapping. */
function decoded(bytes: string | undefined, field: DocumentField | undefined): string {
  if (bytes === undefined) return "";
  const buffer = Buffer.from(bytes, "base64");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(buffer);
  } catch {
    field?.error("the body must be UTF-8 text");
    return "";
  }
}
