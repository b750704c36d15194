import { readXml, REFERENCE } from "../body/parsers/markup/xml.ts";
import type { Masker } from "./masker.ts";
import { maskMarkup } from "./mask-html.ts";
import type { MarkupNode } from "./markup/markup-node.ts";
import { markupSecrets } from "./markup/markup-secrets.ts";

/**
 * XML written from what the parser reads, with its secrets replaced. The internal subset of a document type is secret as a whole:
 * its entities and default values may contain anything.
 * @returns undefined when the text is not well-formed
 * @throws ParseLimitError
 */
export function maskXml(text: string, masker: Masker): string | undefined {
  const root: MarkupNode = { nodeName: "#document", childNodes: [] };
  const open: MarkupNode[] = [root];
  const add = (node: MarkupNode): void => {
    open.at(-1)?.childNodes?.push(node);
  };
  let declaration = "";
  const isWellFormed = readXml(text, {
    declaration: (version = "1.0") => {
      declaration = `<?xml version="${version}"?>`;
    },
    doctype: (doctype) => add({ nodeName: "#doctype", value: maskDoctype(doctype, masker) }),
    openTag: ({ name, attributes }) => {
      const attrs = Object.values(attributes).map((attribute) => ({ name: attribute.name, value: attribute.value }));
      const element = { nodeName: name, tagName: name, attrs, childNodes: [] };
      add(element);
      open.push(element);
    },
    text: (value) => add({ nodeName: "#text", value }),
    cdata: (value) => add({ nodeName: "#cdata", value }),
    comment: (data) => add({ nodeName: "#comment", data }),
    instruction: (target, body) => add({ nodeName: `?${target}`, data: body }),
    closeTag: () => {
      open.pop();
    },
  });
  if (!isWellFormed) return undefined;
  maskMarkup(root.childNodes ?? [], markupSecrets(root.childNodes ?? [], false), masker);
  const out = [declaration];
  for (const node of root.childNodes ?? []) writeNode(node, out);
  return out.join("");
}

const INTERNAL_SUBSET = /\[[^]*\]/;

function maskDoctype(doctype: string, masker: Masker): string {
  return masker.text(
    doctype.replace(INTERNAL_SUBSET, (subset) => (/["']/.test(subset) ? masker.whole(subset) : subset)),
  );
}

/** Recurses no deeper than the parser lets elements be. */
function writeNode(
  { nodeName, tagName, attrs = [], childNodes = [], value = "", data = "" }: MarkupNode,
  out: string[],
): void {
  if (tagName !== undefined) {
    out.push("<", tagName);
    for (const attribute of attrs) out.push(" ", attribute.name, '="', escapeAttribute(attribute.value), '"');
    if (childNodes.length === 0) {
      out.push("/>");
      return;
    }
    out.push(">");
    for (const child of childNodes) writeNode(child, out);
    out.push("</", tagName, ">");
  } else if (nodeName === "#text") out.push(escapeText(value));
  else if (nodeName === "#cdata") out.push("<![CDATA[", value.replaceAll("]]>", "]]]]><![CDATA[>"), "]]>");
  else if (nodeName === "#doctype") out.push("<!DOCTYPE", value, ">");
  else if (nodeName === "#comment") out.push("<!--", data, "-->");
  else out.push("<", nodeName, data === "" ? "" : " ", data, "?>");
}

function escapeText(text: string): string {
  const escaped = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
  return escaped.replaceAll(`${REFERENCE}&amp;`, "&").replaceAll(REFERENCE, "");
}

/** White space other than a space would become one (XML 1.0 §3.3.3). */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}
