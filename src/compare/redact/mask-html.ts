import { defaultTreeAdapter, serialize, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { mergeSpans, replaceSpans, type Span } from "../../lib/text-spans.ts";
import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import type { Json } from "../tree/json-tree.ts";
import { htmlTree, parseHtmlDocument } from "../body/parsers/markup/html.ts";
import { freeTextSpans } from "./free-text.ts";
import type { MarkupNode } from "./markup/markup-node.ts";
import { markupSecrets, type MarkupSecrets } from "./markup/markup-secrets.ts";
import type { Masker } from "./masker.ts";

/**
 * HTML written from the document that a browser builds, with its secrets replaced. What the parser drops, such as attributes of
 * end tags, is not in the result.
 * @throws ParseLimitError
 */
export function maskHtml(text: string, masker: Masker): { readonly text: string; readonly value: Json } {
  const document = parseHtmlDocument(text);
  const nodes: readonly MarkupNode[] = document.childNodes;
  maskMarkup(nodes, markupSecrets(nodes, true), masker);
  return { text: withDoctype(serialize(document), document, masker), value: htmlTree(document) };
}

/** Completes the declaration: parse5 writes its name only, and documents may differ in its identifiers. */
function withDoctype(text: string, document: Tree.Document, masker: Masker): string {
  const doctype = document.childNodes.find((node) => defaultTreeAdapter.isDocumentTypeNode(node));
  const { name = "", publicId = "", systemId = "" } = doctype ?? {};
  if (publicId === "" && systemId === "") return text;
  const written = `<!DOCTYPE ${name}>`;
  const quoted = [publicId, systemId].filter((id) => id !== "").map((id) => quoteId(masker.text(id)));
  const identifiers = `${publicId === "" ? "SYSTEM" : "PUBLIC"} ${quoted.join(" ")}`;
  return text.startsWith(written) ? `<!DOCTYPE ${name} ${identifiers}>${text.slice(written.length)}` : text;
}

/** An identifier contains one kind of quotes at most, because it was written between the other kind. */
function quoteId(id: string): string {
  return id.includes('"') ? `'${id}'` : `"${id}"`;
}

const ODD_NAME = /["'<]/;

function hasSensitiveAttribute({ attrs = [] }: MarkupNode): boolean {
  return attrs.some(({ name, value }) => isSensitiveEncodedName(name) || isSensitiveEncodedName(value));
}

/** Replaces the secrets of a document, in the document. */
export function maskMarkup(nodes: readonly MarkupNode[], secrets: MarkupSecrets, masker: Masker): void {
  for (const run of secrets.runs) maskRun(run, secrets.texts, masker);
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const attribute of node.attrs ?? []) {
      attribute.value = secrets.attributes.has(attribute)
        ? masker.whole(attribute.value)
        : masker.text(attribute.value);
      // A missing quote makes values parts of names: `<input name="password value="S">`.
      if (ODD_NAME.test(attribute.name) && hasSensitiveAttribute(node))
        attribute.name = `x-${masker.whole(attribute.name).replaceAll(/\W/g, "")}`;
    }
    const isSecret = secrets.texts.has(node);
    if (isSecret && node.value !== undefined) node.value = maskTrimmed(node.value, masker);
    if (node.data !== undefined) node.data = isSecret ? masker.whole(node.data) : masker.text(node.data);
    for (const child of node.content?.childNodes ?? node.childNodes ?? []) open.push(child);
  }
}

/** Texts that are read as one are searched as one: a name may be in one of them and its value in the next. */
function maskRun(run: readonly MarkupNode[], secret: ReadonlySet<MarkupNode>, masker: Masker): void {
  if (run.every((node) => secret.has(node))) return;
  const [only] = run;
  if (run.length === 1 && only !== undefined) {
    only.value = masker.text(only.value ?? "");
    return;
  }
  const spans = freeTextSpans(run.map(({ value = "" }) => value).join(""));
  let start = 0;
  for (const node of run) {
    const value = node.value ?? "";
    const within = spans.map((span): Span => ({
      start: Math.max(span.start - start, 0),
      end: Math.min(span.end - start, value.length),
    }));
    if (!secret.has(node)) node.value = replaceSpans(value, mergeSpans(within), masker.whole);
    start += value.length;
  }
}

/** White space around a secret is kept, so that its position in the document does not change. */
function maskTrimmed(text: string, masker: Masker): string {
  const trimmed = text.trim();
  const start = text.indexOf(trimmed);
  return text.slice(0, start) + masker.whole(trimmed) + text.slice(start + trimmed.length);
}
