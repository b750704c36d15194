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
