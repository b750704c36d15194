import { html, type SafeHtml } from "@remix-run/html-template";
import type { SampleDetail, SampleDetailBody } from "../../../model/sample.ts";
import { diffBodies } from "../../../presentation/bodies/diff-bodies.ts";
import { foldRows } from "../../../presentation/bodies/fold-rows.ts";
import type { Piece } from "../../../presentation/bodies/line-pieces.ts";
import type { BodyDiff, RowMark } from "../../../presentation/bodies/row-builder.ts";
import { markOf, shownText, type ShownText } from "../../../presentation/bodies/shown-text.ts";
import { formatBytes, formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import { shown, table } from "./html-text.ts";

/** Longer bodies are not compared line by line, which would take seconds. */
const MAX_CHARS = 2_000_000;
/** Lines of two bodies that a sample shows. */
const MAX_LINES = 120;
/** Deeper lines are not indented further. */
export const MAX_INDENT = 16;

/** In addition to its color, every mark has a glyph, and a word for screen readers. */
const GLYPHS: Readonly<Record<RowMark, readonly [glyph: string, word: string]>> = {
  same: ["", ""],
  add: ["+", "added"],
  remove: ["−", "removed"],
  replace: ["~", "changed"],
  move: ["↕", "moved"],
};

/** The bodies of primary and candidate side by side with the differences marked; large ones are cut. */
export function bodyTable({ legs, changes, changesCut }: SampleDetail): SafeHtml {
  const [left, right] = [legs.primary.body, legs.candidate.body];
  const about = html`<h5>Body <span class="muted">${shown(describeBodies(left, right))}</span></h5>
    ${left.truncated || right.truncated ? html`<p class="hint">Only the first part was captured; the rest was compared by hash.</p>` : null}`;
  if (left.form === "binary" || right.form === "binary") return html`${about}${binaryTable(left, right)}`;
  if (left.text === "" && right.text === "")
    return html`${about}
      <p class="hint">Both bodies are empty.</p>`;
  if (left.text.length + right.text.length > MAX_CHARS) {
    const size = formatCount(MAX_CHARS);
    return html`${about}
      <p class="hint">Bodies of more than ${size} characters are not part of this file.</p>`;
  }
  const diff = diffBodies({ left, right, changes, isCut: changesCut });
  if (left.text === right.text)
    return html`${about}
      <p class="hint">Both bodies are the same.</p>`;
  return html`${about}${diffTable(diff)}`;
}

function diffTable(diff: BodyDiff): SafeHtml {
  const rows: SafeHtml[] = [];
  let left = MAX_LINES;
  let cut = 0;
  for (const { isGap, from, to } of foldRows(diff.rows, "context", [])) {
    if (isGap && left > 0) rows.push(gapRow(formatPlural(to - from, "equal line")));
    else if (!isGap) {
      const end = Math.min(to, from + left);
      for (let row = from; row < end; row += 1) rows.push(diffRow(diff, row));
      left -= end - from;
      cut += to - end;
    }
  }
  if (cut > 0)
    rows.push(gapRow(`${formatPlural(cut, "more line")} near differences, left out to limit the size of this file`));
  return html`<div class="scroll" role="group" aria-label="Bodies" tabindex="0">
    <table class="diff">
      <caption class="visually-hidden">
        Bodies of primary and candidate side by side
      </caption>
      <colgroup>
        <col />
        <col />
        <col />
        <col />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col" colspan="2">primary</th>
          <th scope="col"><span class="visually-hidden">change</span></th>
          <th scope="col" colspan="2">candidate</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div> `;
}

function gapRow(text: string): SafeHtml {
  return html`<tr class="gap">
    <td colspan="5">⋯ ${text}</td>
  </tr> `;
}

function diffRow(diff: BodyDiff, row: number): SafeHtml {
  const mark = markOf(diff, row);
  const [glyph, word] = GLYPHS[mark];
  const sign =
    glyph === "" ? null : html`<span aria-hidden="true">${glyph}</span><span class="visually-hidden">${word}</span>`;
  const [left, right] = [shownText(diff, row, "left"), shownText(diff, row, "right")];
  return html`<tr class="${mark}">
    <td class="line">${left?.number}</td>
    ${line(left)}
    <td class="sign">${sign}</td>
    <td class="line">${right?.number}</td>
    ${line(right)}
  </tr> `;
}

function line(text: ShownText | undefined): SafeHtml {
  if (text === undefined) return html`<td class="void"></td>`;
  const depth = Math.min(text.depth, MAX_INDENT);
  return html`<td class="code depth-${depth}">${text.pieces.map(piece)}</td>`;
}

/** A part of a line; what is cut out of a long one is named. */
function piece({ text, kind, isChanged, hidden }: Piece): SafeHtml {
  if (hidden > 0) return html`<span class="muted">… ${formatPlural(hidden, "character")} …</span>`;
  if (isChanged) return html`<mark>${shown(text)}</mark>`;
  return kind === "plain" ? shown(text) : html`<span class="token-${kind}">${shown(text)}</span>`;
}

/** Only length and hash of bodies that are no text are stored. */
function binaryTable(left: SampleDetailBody, right: SampleDetailBody): SafeHtml {
  const rows = [["primary", left] as const, ["candidate", right] as const].map(
    ([role, { form, mediaType, length, text }]) =>
      html`<tr>
        <th scope="row">${role}</th>
        <td>${shown(mediaType === "" ? form : mediaType)}</td>
        <td class="number">${formatBytes(length)}</td>
        <td>${form === "binary" ? html`<code>${text}</code>` : `${form}, not hashed`}</td>
      </tr> `,
  );
  const columns = [{ title: "Response" }, { title: "Type" }, { title: "Length", isNumber: true }, { title: "SHA-256" }];
  return table("Bodies that cannot be displayed", columns, rows);
}

function describeBodies(left: SampleDetailBody, right: SampleDetailBody): string {
  const [one, other] = [describeBody(left), describeBody(right)];
  return one === other ? one : `${one} → ${other}`;
}

function describeBody({ form, mediaType, length }: SampleDetailBody): string {
  return form === "empty" ? "empty" : `${mediaType === "" ? form : mediaType}, ${formatBytes(length)}`;
}
