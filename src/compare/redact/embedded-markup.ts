import { parseFragment } from "parse5";
import type { Span } from "../../lib/text-spans.ts";
import { ParseLimitError } from "../body/parse-limits.ts";
import { boundedAdapter } from "../body/parsers/markup/html.ts";
import type { MarkupNode } from "./markup/markup-node.ts";
import { markupSecrets } from "./markup/markup-secrets.ts";

const TAG = /<[A-Za-z_!]/;

/**
 * The spans of secrets in HTML or XML inside another text, found by the names of elements and attributes. The spans refer to
 * the entire text, because only a part of it may be markup.
 */
export function embeddedMarkupSpans(text: string): Span[] {
  if (!TAG.test(text)) return [];
  try {
    const fragment = parseFragment(text, { sourceCodeLocationInfo: true, treeAdapter: boundedAdapter() }) as MarkupNode;
    return spansOf(fragment, text);
  } catch (error) {
    // Markup that cannot be parsed may hide anything.
    if (error instanceof ParseLimitError) return [{ start: 0, end: text.length }];
    throw error;
  }
}

function spansOf(fragment: MarkupNode, text: string): Span[] {
  const { attributes, texts } = markupSecrets(fragment.childNodes ?? [], true, text);
  const spans: Span[] = [];
  const open = [...(fragment.childNodes ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { sourceCodeLocation: location } = node;
    for (const attribute of node.attrs ?? []) {
      const place = location?.attrs?.[attribute.name];
      if (place !== undefined && attributes.has(attribute))
        spans.push(valueSpan(text, place.startOffset, place.endOffset));
    }
    if (location !== undefined && location !== null && texts.has(node)) {
      spans.push(trimmed(text, location.startOffset, location.endOffset));
    }
    for (const child of node.content?.childNodes ?? node.childNodes ?? []) open.push(child);
  }
  return spans;
}

/** The value within `name="value"`, without its quotes. */
function valueSpan(text: string, from: number, to: number): Span {
  const source = text.slice(from, to);
  const [before = ""] = /^[^=]*=?\s*["']?/.exec(source) ?? [];
  const quoted = /["']$/.test(before) && source.length > before.length;
  return { start: from + before.length, end: quoted ? to - 1 : to };
}

function trimmed(text: string, from: number, to: number): Span {
  const source = text.slice(from, to);
  const inner = source.replace(/^(?:\s|<!(?:--|\[CDATA\[)?)+/, "");
  const start = to - inner.length;
  return { start, end: start + inner.replace(/(?:\s|--!?>|\]\]>|>)+$/, "").length };
}
