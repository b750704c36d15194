import { html, type SafeHtml } from "@remix-run/html-template";
import type { RawHeaders } from "../../../model/capture.ts";
import type { Difference } from "../../../model/difference.ts";
import type { SampleDetail, SampleDetailLeg } from "../../../model/sample.ts";
import { clipLine } from "../../../presentation/bodies/clip-line.ts";
import { inlineChanges, type Span } from "../../../presentation/bodies/inline-changes.ts";
import { linePieces } from "../../../presentation/bodies/line-pieces.ts";
import { headerRows, type HeaderRow } from "../../../presentation/headers/header-rows.ts";
import { bySection } from "../../../presentation/order/cause-order.ts";
import { formatStatus } from "../../../presentation/statuses/status-change.ts";
import { formatField, kindWords, markWords, relationWords } from "../../../presentation/words/difference-words.ts";
import { failureReason, failureText } from "../../../presentation/words/failure-words.ts";
import { formatCount, formatDuration, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { sampleAnchor } from "./anchors.ts";
import { bodyTable } from "./body-table.ts";
import { code, shown, table } from "./html-text.ts";

/** Differences and header fields that a sample lists. */
const MAX_ROWS = 50;
/** Characters around a change in a cell of a table. */
const CONTEXT = 40;
/** An exchange: its request, statuses, differences, bodies side by side and header fields. */
export function sampleView(sample: SampleDetail): SafeHtml {
  const { id, at, method, target, differences, legs } = sample;
  return html`<article class="sample" id="${sampleAnchor(id)}">
    <h4>${code(`${method} ${target}`)} <span class="muted">${formatTime(at)}</span></h4>
    ${statusTable(sample)} ${differenceTable(sample)} ${bodyTable(sample)}
    ${headerTable("Response header", legs.primary.headers, legs.candidate.headers, pathsOf(differences, "header"))}
    ${headerTable("Response trailer", legs.primary.trailers, legs.candidate.trailers, pathsOf(differences, "trailer"))}
    ${requestHeaders(sample.headers)}
  </article> `;
}

function pathsOf(differences: readonly Difference[], section: Difference["section"]): readonly string[] {
  return differences.filter((each) => each.section === section).map(({ path }) => path);
}

function statusTable({ legs: { primary, candidate, secondary } }: SampleDetail): SafeHtml {
  const legs = [["primary", primary] as const, ["candidate", candidate] as const, ["secondary", secondary] as const];
  const rows = legs.map(([role, leg]) =>
    leg === null
      ? html``
      : html`<tr>
          <th scope="row">
            <span class="dot role-${role}" aria-hidden="true"></span
            >${shown(leg.subset === role ? role : `${role} ${leg.subset}`)}
          </th>
          <td>${statusText(leg)}</td>
          <td class="number">${formatDuration(leg.timing.totalMs)}</td>
          <td>${traceText(leg)}</td>
        </tr> `,
  );
  const columns = [{ title: "Response" }, { title: "Status" }, { title: "Time", isNumber: true }, { title: "Trace" }];
  return table("Responses", columns, rows);
}

/** A link if a running shadowdiff knows where traces are; a store has their ids only. */
function traceText({ trace, traceUrl }: SampleDetailLeg): SafeHtml | null {
  if (trace === undefined) return null;
  const isLink = traceUrl !== undefined && /^https?:/.test(traceUrl);
  return isLink ? html`<a href="${traceUrl}">${code(trace.id)}</a>` : code(trace.id);
}

function statusText({ status, failure }: SampleDetailLeg): SafeHtml {
  if (failure === null) return html`<b>${formatStatus(status)}</b>`;
  return html`<b>${formatStatus(status)}</b>
    ${shown(failureText({ ...failure, reason: failureReason(failure, status) }))}`;
}

/** What the comparison found and counted: status before body before headers. */
function differenceTable({ differences, fields }: SampleDetail): SafeHtml {
  const rows = differences
    .toSorted(bySection)
    .slice(0, MAX_ROWS)
    .map((difference) => {
      const { section, path, kind, relation, primary, candidate } = difference;
      const mark = fields.find((each) => each.section === section && each.path === path && each.kind === kind)?.mark;
      const changes =
        primary === null || candidate === null ? { left: [], right: [] } : inlineChanges(primary, candidate);
      return html`<tr>
        <th scope="row">${code(formatField(difference))}</th>
        <td>
          ${kindWords(kind)}${relation === null ? null : html`<br /><span class="muted">${relationWords(relation)}</span>`}
        </td>
        <td>${value(primary, changes.left)}</td>
        <td>${value(candidate, changes.right)}</td>
        <td>${markWords(mark ?? "raw")}</td>
      </tr> `;
    });
  const rest = differences.length - rows.length;
  const columns = ["Field", "Kind", "Primary", "Candidate", "Differs"].map((title) => ({ title }));
  return html`${table("Differences", columns, rows)}
  ${rest > 0 ? html`<p class="hint">… and ${formatPlural(rest, "more difference")}</p>` : null}`;
}

/** A value, cut around what has changed and not before it. */
function value(text: string | null, changes: readonly Span[]): SafeHtml {
  if (text === null) return html`<span class="muted">absent</span>`;
  const parts = clipLine(text.length, changes, CONTEXT);
  return html`<code
    >${linePieces(text, { tokens: [], changes, found: [], parts }).map((piece) => {
      if (piece.hidden > 0) return html`<span class="muted">… ${formatPlural(piece.hidden, "character")} …</span>`;
      return piece.isChanged ? html`<mark>${shown(piece.text)}</mark>` : shown(piece.text);
    })}</code
  >`;
}

const HEADER_WORDS: Readonly<Record<HeaderRow["mark"], string>> = {
  differs: "differs",
  ignored: "does not count",
  same: "",
};

function headerTable(name: string, left: RawHeaders, right: RawHeaders, differing: readonly string[]): SafeHtml | null {
  const all = headerRows(left, right, differing);
  if (all.length === 0) return null;
  const rows = all.slice(0, MAX_ROWS).map(
    ({ name: field, lines, mark }) =>
      html`<tr>
        <th scope="row">${code(field)}</th>
        <td>${lines.map((line) => headerValue(line.left))}</td>
        <td>${lines.map((line) => headerValue(line.right))}</td>
        <td>${HEADER_WORDS[mark]}</td>
      </tr> `,
  );
  const columns = ["Name", "Primary", "Candidate", "Comparison"].map((title) => ({ title }));
  const unequal = all.filter(({ mark }) => mark === "differs").length;
  const differ = unequal === 0 ? "" : `, ${formatCount(unequal)} ${unequal === 1 ? "differs" : "differ"}`;
  return html`<details>
    <summary>${formatPlural(all.length, name.toLowerCase())}${differ}</summary>
    ${table(`${name}s`, columns, rows)}${moreRows(all.length)}
  </details> `;
}

function headerValue(text: string | undefined): SafeHtml {
  return text === undefined ? html`<div class="muted">absent</div>` : html`<div>${value(text, [])}</div>`;
}

function requestHeaders(headers: RawHeaders): SafeHtml | null {
  const count = headers.length / 2;
  if (count === 0) return null;
  const rows = Array.from(
    { length: Math.min(count, MAX_ROWS) },
    (_, at) =>
      html`<tr>
        <th scope="row">${code(headers[2 * at] ?? "")}</th>
        <td>${value(headers[2 * at + 1] ?? "", [])}</td>
      </tr> `,
  );
  return html`<details>
    <summary>${formatPlural(count, "request header")}</summary>
    ${table("Request headers", [{ title: "Name" }, { title: "Value" }], rows)}${moreRows(count)}
  </details> `;
}

function moreRows(count: number): SafeHtml | null {
  return count > MAX_ROWS ? html`<p class="hint">… and ${formatCount(count - MAX_ROWS)} more</p>` : null;
}
