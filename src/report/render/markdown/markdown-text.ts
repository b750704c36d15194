import type { Verdict } from "../../../model/report.ts";
import { escapeText } from "../text/terminal-text.ts";

/** Says the verdict without color. */
export const VERDICT_SIGN: Readonly<Record<Verdict, string>> = { pass: "✅", fail: "❌", inconclusive: "❔" };

/** Names and sentences are cut at this length: a URL of 8 KB must not crowd out the rest. */
const MAX_CHARACTERS = 400;

/** Characters with a meaning in Markdown, HTML or a table. As character references, they have none. */
const SPECIAL = /[#$&*<>@[\\\]_`|~]/g;

/** The beginning of a list or of a heading. */
const BLOCK_START = /^(?:[-+=]|\d(?=\d*[.)](?:\s|$)))/;

/**
 * Where GitHub and GitLab would find a mention, a reference, an emoji or a link in the rendered text: `@team`, `#1`, `!1`, `:tada:`,
 * `https://`, `www.`, `GH-1`, hashes of commits. They look for these after character references are resolved, so that an invisible
 * character has to part them.
 */
const REFERENCES =
  /(?<=[!#$%&*@[^~])(?=[\w"'])|(?<=:)(?=\/\/|(?!\d\d:)[\w+-]+:)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=\d)|(?<=\b[\da-f])(?=[\da-f]{6,39}\b)/gi;
const ZERO_WIDTH_SPACE = "&#8203;";

/** Text that can be a code span as it is, also in a table and next to a dollar sign. */
const PLAIN_CODE = /^[^\s\\`|](?:[^\\`|]*[^\s$\\`|])?$/;

/**
 * Prose that contains captured names, for Markdown and for HTML inside it. It reads as it was and is nothing else: no markup, link,
 * mention or reference, no cell of a table, no item of a list.
 */
export function markdownText(text: string): string {
  const parts = shortened(text).trim().split(REFERENCES);
  const escaped = parts.map((part) => part.replace(SPECIAL, reference)).join(ZERO_WIDTH_SPACE);
  return escaped.replace(BLOCK_START, reference);
}

/** A captured name as code, for Markdown. */
export function markdownCode(text: string): string {
  const short = shortened(text);
  return PLAIN_CODE.test(short) ? `\`${short}\`` : htmlCode(text);
}

/** A captured name as code, for HTML in Markdown. */
export function htmlCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

function reference(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

function shortened(text: string): string {
  const safe = escapeText(text);
  return safe.length <= MAX_CHARACTERS
    ? safe
    : `${Array.from(safe)
        .slice(0, MAX_CHARACTERS - 1)
        .join("")}…`;
}
