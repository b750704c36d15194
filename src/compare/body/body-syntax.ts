/** The grammars that bodies are read by. */
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

/** What the type of a body says: a grammar, text without one, bytes without one, or nothing that is known. */
export type DeclaredSyntax = BodySyntax | "text" | "binary" | "unknown";

const BY_TYPE: readonly (readonly [RegExp, DeclaredSyntax])[] = [
  // RFC 7464, RFC 8091, https://jsonlines.org
  [/json-seq$|^application\/(?:x-)?(?:ndjson|json-?lines|jsonl|stream\+json|json-stream|json-l)$/, "json-lines"],
  [/^application\/grpc(?:-web)?\+json$/, "grpc-json"],
  [/^application\/grpc(?:-web)?(?:\+proto)?$/, "grpc"],
  [/^application\/(?:x-|vnd\.google\.)?proto(?:buf)?$|\+proto(?:buf)?$/, "protobuf"],
  [/^(?:application|text)\/(?:x-)?json$|\+json$/, "json"],
  [/^text\/html$/, "html"],
  [/^(?:application|text)\/xml(?:-dtd)?$|\+xml$/, "xml"],
  [/^application\/x-www-form-urlencoded$/, "form"],
  [/^(?:text|application)\/(?:x-)?(?:csv|tab-separated-values)$/, "table"],
  [/^text\/event-stream$/, "events"],
  [/^multipart\//, "multipart"],
  [
    /^text\/|\+yaml$|^application\/(?:(?:x-)?javascript|ecmascript|(?:x-)?yaml|graphql|sql|toml|problem|x-ndjson|jwt)/,
    "text",
  ],
  [/^(?:image|audio|video|font|model)\/|^application\/(?:pdf|zip|gzip|wasm|x-tar|vnd\.(?:ms-|openxml))/, "binary"],
];

/** @param mediaType in lower case, without parameters */
export function declaredSyntax(mediaType: string): DeclaredSyntax {
  return BY_TYPE.find(([pattern]) => pattern.test(mediaType))?.[1] ?? "unknown";
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

/** For a person. */
export function describeSyntax(syntax: BodySyntax): string {
  return NAMES[syntax];
}

/** Whether secrets in a text are found by JSON's tokens, also when it is broken. */
export function isJsonLike(syntax: BodySyntax | null): boolean {
  return syntax === "json" || syntax === "json-lines";
}

/** DecodedText that no text has: controls other than tab, line feed, form feed, carriage return and escape. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;
/** WHATWG MIME Sniffing §7.1, its most telling part. */
const HTML = /^\s{0,200}(?:<!--[^]{0,1000}?-->\s{0,200})?<(?:!doctype\s+html|html|head|body)[\s>]/i;
const XML = /^\s{0,200}<\?xml\s/;
const JSON_LINE = /^\s{0,200}[{[][^\n]*[}\]]\s*\n\s*[{[]/;

/** Without a type that says so, only objects and arrays are taken for JSON: `1` or `true` alone is text. */
export function looksLikeJson(text: string): boolean {
  return /^[ \t\r\n]*[{[]/.test(text);
}

/** What a text is whose type says nothing, and which is no JSON. */
export function sniffSyntax(text: string): "html" | "xml" | "json-lines" | "text" | "binary" {
  if (CONTROLS.test(text)) return "binary";
  if (HTML.test(text)) return "html";
  if (XML.test(text)) return "xml";
  return JSON_LINE.test(text) ? "json-lines" : "text";
}
