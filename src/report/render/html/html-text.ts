import { html, type SafeHtml } from "@remix-run/html-template";
import { splitHidden } from "../../../presentation/bodies/line-pieces.ts";
import { VERDICT_BADGES } from "../../../presentation/words/verdict-badges.ts";

/** Characters of a text, so that no single one fills the page. */
const MAX_TEXT = 2_000;

/**
 * Captured text as HTML, cut if it is very long: characters that are invisible, change the direction or control something are shown by their number, so
 * that no text looks like another one.
 */
export function shown(text: string): SafeHtml {
  const parts = splitHidden(text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);
  return html`${parts.map((part) =>
    part.isHidden ? html`<span class="hidden-character">${part.text}</span>` : part.text,
  )}`;
}

/** Characters of a name. */
const MAX_NAME = 500;

/** A captured name in a fixed-width font, cut if it is too long for a table. */
export function code(name: string): SafeHtml {
  return html`<code>${shown(name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}…`)}</code>`;
}

/** A verdict as the dashboard shows it. */
export function badge(verdict: keyof typeof VERDICT_BADGES): SafeHtml {
  const { glyph, word } = VERDICT_BADGES[verdict];
  return html`<span class="badge badge-${verdict}"><span aria-hidden="true">${glyph}</span> ${word}</span>`;
}

interface Section {
  /** The target of links. */
  readonly id: string;
  readonly title: string;
  readonly content: SafeHtml;
}

/** A part of the page with a heading. */
export function panel({ id, title, content }: Section): SafeHtml {
  return html`<section class="panel" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section> `;
}

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A table that scrolls on narrow pages. @param caption for screen readers @param rows of `<tr>` */
export function table(caption: string, columns: readonly Column[], rows: readonly SafeHtml[]): SafeHtml {
  const heads = columns.map(({ title, isNumber }) =>
    isNumber === true ? html`<th scope="col" class="number">${title}</th>` : html`<th scope="col">${title}</th>`,
  );
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="visually-hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${[...rows]}
      </tbody>
    </table>
  </div> `;
}
