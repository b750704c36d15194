/** The syntaxes that have a parser. */
export type BodySyntax =
  | "json"
  | "json-lines"
  | "html"
  | "xml"
  | "form"
  | "table"
  | "events"
  | "multipart"
  | "protobuf"
  | "grpc"
  | "grpc-json";

/** What a media type declares: a syntax with a parser, other text, binary data, or an unknown type. */
export type DeclaredSyntax = BodySyntax | "text" | "binary" | "unknown";

const BY_TYPE: readonly (readonly [RegExp, DeclaredSyntax])[] = [
  // RFC 7464, RFC 8091, https://jsonlines.org
  [/json-seq$|^application\/(?:x-)?(?:ndjson|json-?lines|jsonl|stream\+json|json-stream|json-l)$/, "json-lines"],
  [/^application\/grpc(?:-web)?\+json$/, "grpc-json"],
  [/^application\/grpc(?:-web(?:-text)?)?(?:\+proto)?$/, "grpc"],
  [/^application\/(?:x-|vnd\.google\.)?proto(?:buf)?$|\+proto(?:buf)?$/, "protobuf"],
  [/^(?:application|text)\/(?:x-)?json$|\+json$/, "json"],
  [/^text\/html$/, "html"],
  [/^(?:application|text)\/xml(?:-dtd)?$|\+xml$/, "xml"],
  [/^application\/x-www-form-urlencoded$/, "form"],
  [/^(?:text|application)\/(?:x-)?(?:csv|tab-separated-values)$/, "table"],
  [/^text\/event-stream$/, "events"],
  [/^multipart\//, "multipart"],
  [/^text\/|\+yaml$|^application\/(?:(?:x-)?javascript|ecmascript|(?:x-)?yaml|graphql|sql|toml|problem|jwt)/, "text"],
  [/^(?:image|audio|video|font|model)\/|^application\/(?:pdf|zip|gzip|wasm|x-tar|vnd\.(?:ms-|openxml))/, "binary"],
];

/** @param mediaType in lower case, without parameters */
export function declaredSyntax(mediaType: string): DeclaredSyntax {
  return BY_TYPE.find(([pattern]) => pattern.test(mediaType))?.[1] ?? "unknown";
}

/** JavaScript, which JSONP is. @param mediaType in lower case, without parameters */
export function isScript(mediaType: string): boolean {
  return /^(?:application|text)\/(?:x-)?(?:java|ecma)script$/.test(mediaType);
}

/** gRPC-Web in its text form. @param mediaType in lower case, without parameters */
export function isBase64(mediaType: string): boolean {
  return mediaType.startsWith("application/grpc-web-text");
}

const NAMES: Readonly<Record<BodySyntax, string>> = {
  json: "JSON",
  "json-lines": "JSON lines",
  html: "HTML",
  xml: "XML",
  form: "form data",
  table: "CSV",
  events: "server-sent events",
  multipart: "multipart data",
  protobuf: "Protocol Buffers",
  grpc: "gRPC",
  "grpc-json": "gRPC",
};

/** The name of a syntax in reports. */
export function describeSyntax(syntax: BodySyntax): string {
  return NAMES[syntax];
}

/** Control characters that text does not contain: all except tab, line feed, form feed, carriage return and escape. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;
/** The most common patterns of WHATWG MIME Sniffing §7.1. */
const HTML = /^\s{0,200}(?:<!--[^]{0,1000}?-->\s{0,200})?<(?:!doctype\s+html|html|head|body)[\s>]/i;
const XML = /^\s{0,200}<\?xml\s/;
const JSON_LINE = /^\s{0,200}[{[][^\n]*[}\]]\s*\n\s*[{[]/;

/** Without a JSON media type, only objects and arrays count as JSON: `1` or `true` alone is text. */
export function looksLikeJson(text: string): boolean {
  return /^[ \t\r\n]*[{[]/.test(text);
}

/** Guesses the syntax of a text without a known media type that is not JSON. */
export function sniffSyntax(text: string): "html" | "xml" | "json-lines" | "text" | "binary" {
  if (CONTROLS.test(text)) return "binary";
  if (HTML.test(text)) return "html";
  if (XML.test(text)) return "xml";
  return JSON_LINE.test(text) ? "json-lines" : "text";
}
