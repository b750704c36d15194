import { html, type SafeHtml } from "@remix-run/html-template";
import { rulePaths } from "../../../model/rule.ts";
import type { Report, RuleReport } from "../../../model/report.ts";
import type { StatusRow } from "../../../model/views/overview.ts";
import {
  contractRows,
  coverageText,
  nameTexts,
  primaryViolations,
} from "../../../presentation/contract/contract-words.ts";
import { formatStatusChange } from "../../../presentation/statuses/status-change.ts";
import { causeStateText, statusRows } from "../../../presentation/statuses/status-rows.ts";
import { isOpenCause } from "../../../presentation/verdict/headlines.ts";
import { formatField, formatNames, kindWords } from "../../../presentation/words/difference-words.ts";
import { fieldNotes } from "../../../presentation/words/field-notes.ts";
import { formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import { causeAnchor } from "./anchors.ts";
import type { PageBudget } from "./page-budget.ts";
import { code, panel, shown, table } from "./html-text.ts";

const MAX_LIST_BYTES = 100_000;

const CHANGE_BADGES = { break: "real", change: "likely", fix: "pass", noise: "noise" } as const satisfies Record<
  StatusRow["kind"],
  string
>;

/** Pairs of status codes that differ. */
export function statusSection(report: Report, budget: PageBudget): SafeHtml | null {
  const all = statusRows(report);
  if (all.length === 0) return null;
  const { parts, leftOut } = budget.fit(
    all,
    MAX_LIST_BYTES,
    (row) =>
      html`<tr>
        <th scope="row"><b>${formatStatusChange(row)}</b></th>
        <td><span class="badge badge-${CHANGE_BADGES[row.kind]}">${row.kind}</span></td>
        <td>${code(row.endpoint)}</td>
        <td class="number">${formatCount(row.count)} of ${formatCount(row.compared)}</td>
        <td class="number">${formatCount(row.secondary)}</td>
        <td>${statusState(row)}</td>
      </tr> `,
  );
  const columns = [
    { title: "Status" },
    { title: "Change" },
    { title: "Endpoint" },
    { title: "Responses", isNumber: true },
    { title: "Secondary", isNumber: true },
    { title: "State" },
  ];
  const content = html`${table("Statuses that differ", columns, parts)}${more(leftOut, "pair")}`;
  return panel({ id: "statuses", title: "Statuses", content });
}

function statusState({ cause, state }: StatusRow): SafeHtml {
  return cause !== undefined && isOpenCause(cause)
    ? html`<a href="#${causeAnchor(cause.signature)}">${state}</a>`
    : shown(state);
}

function more(count: number, what: string): SafeHtml | null {
  return count > 0 ? html`<p class="hint">… and ${formatPlural(count, `more ${what}`)}</p>` : null;
}

/** Causes that a person, a rule or the baseline has excused. */
export function excusedSection({ endpoints }: Report, budget: PageBudget): SafeHtml | null {
  const all = endpoints.flatMap(({ endpoint, causes }) =>
    causes
      .filter(
        ({ state, rule, verdict }) =>
          verdict !== "noise" && (state === "accepted" || state === "baseline" || rule !== null),
      )
      .map((cause) => ({ endpoint, cause })),
  );
  if (all.length === 0) return null;
  const { parts, leftOut } = budget.fit(
    all,
    MAX_LIST_BYTES,
    ({ endpoint, cause }) =>
      html`<tr>
        <th scope="row">${code(cause.title)}</th>
        <td>${code(endpoint)}</td>
        <td class="number">${formatCount(cause.count)}</td>
        <td>${shown(causeStateText(cause))}</td>
        <td>${cause.review === null ? null : shown(`${cause.review.reason} (${cause.review.by})`)}</td>
      </tr> `,
  );
  const columns = [
    { title: "Cause" },
    { title: "Endpoint" },
    { title: "Responses", isNumber: true },
    { title: "State" },
    { title: "Reason" },
  ];
  const content = html`${table("Accepted, hidden and known causes", columns, parts)}${more(leftOut, "cause")}`;
  return panel({ id: "excused", title: "Accepted, hidden and known causes", content });
}

/** How much of the contract was compared, and how responses keep to it. */
export function contractSection({ contract, endpoints }: Report): SafeHtml | null {
  if (contract === undefined) return null;
  const counts = contract.responses === null ? [] : contractRows(contract.responses);
  const rows = counts.map(
    ({ words, count }) =>
      html`<tr>
        <th scope="row">${words}</th>
        <td class="number">${formatCount(count)}</td>
      </tr> `,
  );
  const columns = [{ title: "Responses" }, { title: "Exchanges", isNumber: true }];
  const places = primaryViolations(endpoints).map((text) => html`<li>${shown(text)}</li>`);
  const content = html`<p>${coverageText(contract)}.</p>
    ${nameTexts(contract).map((text) => html`<p class="hint">${shown(text)}</p>`)}
    ${rows.length === 0 ? null : table("How responses keep to the contract", columns, rows)}
    ${
      places.length === 0
        ? null
        : html`<ul class="reasons">
            ${places}
          </ul>`
    }`;
  return panel({ id: "contract", title: "Contract", content });
}

/** Fields in which the secondary differs as well. */
export function noiseSection({ endpoints }: Report, budget: PageBudget): SafeHtml | null {
  const all = endpoints.flatMap(({ endpoint, differences }) =>
    differences
      .filter(({ verdict, rule }) => verdict === "noise" && rule === null)
      .map((field) => ({ endpoint, field })),
  );
  if (all.length === 0) return null;
  const { parts, leftOut } = budget.fit(
    all,
    MAX_LIST_BYTES,
    ({ endpoint, field }) =>
      html`<tr>
        <th scope="row">${code(formatField(field))}</th>
        <td>${code(endpoint)}</td>
        <td>${kindWords(field.kind)}</td>
        <td class="number">${formatCount(field.count)}</td>
        <td class="number">${formatCount(field.noise)}</td>
        <td>${fieldNotes(field).join("; ")}</td>
      </tr> `,
  );
  const columns = [
    { title: "Field" },
    { title: "Endpoint" },
    { title: "Kind" },
    { title: "Responses", isNumber: true },
    { title: "Noise", isNumber: true },
    { title: "Note" },
  ];
  const content = html`<p>The secondary differs here too, so these fields do not count.</p>
    ${table("Noise", columns, parts)}${more(leftOut, "field")}`;
  return panel({ id: "noise", title: "Noise", content });
}

/** What each rule does; those that need attention come first. */
export function ruleSection({ rules }: Report, budget: PageBudget): SafeHtml | null {
  if (rules.length === 0) return null;
  const sorted = rules.toSorted((a, b) => Number(a.state === "active") - Number(b.state === "active"));
  const { parts, leftOut } = budget.fit(sorted, MAX_LIST_BYTES, ruleRow);
  const columns = [
    { title: "Rule" },
    { title: "State" },
    { title: "Endpoint" },
    { title: "Hits", isNumber: true },
    { title: "Owner" },
    { title: "Reason" },
  ];
  return panel({
    id: "rules",
    title: "Rules",
    content: html`${table("Rules", columns, parts)}${more(leftOut, "rule")}`,
  });
}

function ruleRow({ rule, state, hits }: RuleReport): SafeHtml {
  const kind = rule.kind === undefined ? "" : ` (${rule.kind})`;
  const what = `${rule.action.type} ${rule.section} ${formatNames(rulePaths(rule))}${kind}`;
  const look = state === "active" ? "pass" : "inconclusive";
  return html`<tr>
    <th scope="row">${code(what)}</th>
    <td><span class="badge badge-${look}">${state}</span></td>
    <td>${code(rule.endpoint)}</td>
    <td class="number">${formatCount(hits)}</td>
    <td>${shown(rule.owner)}</td>
    <td>${shown(rule.reason)}</td>
  </tr> `;
}
