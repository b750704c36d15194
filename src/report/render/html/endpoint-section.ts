import { html, type SafeHtml } from "@remix-run/html-template";
import type { LatencyView } from "../../../model/latency.ts";
import type { CauseReport, EndpointReport, FieldReport, Report } from "../../../model/report.ts";
import { formatStatusChange } from "../../../presentation/statuses/status-change.ts";
import { causeStateText } from "../../../presentation/statuses/status-rows.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import { countingResponses, hasFindings } from "../../../presentation/verdict/endpoint-findings.ts";
import { isOpenCause } from "../../../presentation/verdict/headlines.ts";
import { candidateName } from "../../../presentation/verdict/verdict-sentence.ts";
import { differenceWords, formatField } from "../../../presentation/words/difference-words.ts";
import {
  formatCount,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
} from "../../../presentation/words/number-format.ts";
import { parameterLabel } from "../../../presentation/words/parameter-words.ts";
import { causeAnchor, endpointAnchor } from "./anchors.ts";
import type { PageBudget, Fitting } from "./page-budget.ts";
import { badge, code, panel, shown, table } from "./html-text.ts";
import { distributionChart } from "./latency-chart.ts";

const MAX_ROW_BYTES = 300_000;
const MAX_DETAIL_BYTES = 400_000;
const MAX_FIELDS = 50;
const MAX_CAUSES = 20;
const MAX_STATUSES = 10;
const MAX_REASONS = 10;

/** Every endpoint in a row, and those with findings in detail, as many as fit. */
export function endpointSection(
  report: Report,
  latencies: ReadonlyMap<string, LatencyView>,
  budget: PageBudget,
): SafeHtml {
  const { endpoints, overflow } = report;
  const detailed = endpoints.filter(hasFindings);
  const details = budget.fit(detailed, MAX_DETAIL_BYTES, (endpoint) =>
    endpointDetails(endpoint, latencies.get(endpoint.endpoint)),
  );
  const withDetails = new Set(detailed.slice(0, details.parts.length));
  const rows = budget.fit(endpoints, MAX_ROW_BYTES, (endpoint) => endpointRow(endpoint, withDetails.has(endpoint)));
  const columns = [
    { title: "Endpoint" },
    { title: "Verdict" },
    ...["Compared", "Differed", "Parity"].map((title) => ({ title, isNumber: true })),
    { title: "95% interval" },
    { title: "Latency ratio", isNumber: true },
  ];
  const notes = [
    excusedText(endpoints),
    leftOutNote(rows, "more endpoint"),
    leftOutNote(details, "more endpoint with findings", "more endpoints with findings"),
    overflow.endpoints === 0
      ? null
      : `${formatPlural(overflow.endpoints, "compared exchange")} counted as a single endpoint: the limit of endpoints was reached.`,
  ];
  return panel({
    id: "endpoints",
    title: "Endpoints",
    content: html`${table("Endpoints, most urgent first", columns, rows.parts)}
    ${notes.map((note) => (note === null ? null : html`<p class="hint">${note}</p>`))}
    ${
      details.parts.length === 0
        ? null
        : html`<h3>Endpoints with findings</h3>
            ${[...details.parts]}`
    }`,
  });
}

function leftOutNote({ leftOut }: Fitting, one: string, many?: string): string | null {
  if (leftOut === 0) return null;
  return `… and ${formatPlural(leftOut, one, many)}, left out to limit the size of this file`;
}

function endpointRow(endpoint: EndpointReport, isDetailed: boolean): SafeHtml {
  const { verdict, compared, differed, parity, latency } = endpoint;
  const anchor = endpointAnchor(endpoint);
  const name = code(endpoint.endpoint);
  const head = isDetailed
    ? html`<th scope="row"><a href="#${anchor}">${name}</a></th>`
    : html`<th scope="row" class="target" id="${anchor}">${name}</th>`;
  return html`<tr>
    ${head}
    <td>${badge(verdict)}</td>
    <td class="number">${formatCount(compared)}</td>
    <td class="number">${formatCount(differed)}</td>
    <td class="number">${formatShare(parity.rate)}</td>
    <td>${formatInterval(parity, formatShare)}</td>
    <td class="number">${latency.ratio === null ? null : formatFactor(latency.ratio.estimate)}</td>
  </tr> `;
}

/** What was found on an endpoint. */
function endpointDetails(endpoint: EndpointReport, latency: LatencyView | undefined): SafeHtml {
  const { verdict, compared, reasons, route, subset } = endpoint;
  const counting = countingResponses(endpoint);
  return html`<details class="endpoint">
    <summary>
      ${badge(verdict)} ${code(endpoint.endpoint)}
      <span class="muted"
        >${formatCount(counting)} of ${formatPlural(compared, "response")}
        ${counting === 1 ? "differs" : "differ"}</span
      >
    </summary>
    <div class="target" id="${endpointAnchor(endpoint)}">
      <p class="muted">Route ${shown(route)}, ${shown(candidateName(subset))}. ${excusedText([endpoint])}</p>
      ${
        reasons.length === 0
          ? null
          : html`<ul class="reasons">
              ${reasons.slice(0, MAX_REASONS).map((reason) => html`<li>${shown(reason)}</li>`)}
            </ul>`
      }
      ${statusLine(endpoint)} ${causeList(endpoint.causes)} ${fieldTable(endpoint.differences)}
      ${parameterTable(endpoint)} ${latency === undefined ? null : distributionChart(latency, endpoint.endpoint)}
    </div>
  </details> `;
}

function statusLine({ statusFlips }: EndpointReport): SafeHtml | null {
  if (statusFlips.length === 0) return null;
  const pairs = statusFlips
    .slice(0, MAX_STATUSES)
    .map((flip) => `${formatStatusChange(flip)} (${formatCount(flip.count)})`);
  const rest = statusFlips.length - pairs.length;
  return html`<p>Statuses: ${pairs.join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}</p>`;
}

function causeList(causes: readonly CauseReport[]): SafeHtml | null {
  if (causes.length === 0) return null;
  const items = causes.slice(0, MAX_CAUSES).map((cause) => {
    const title = code(cause.title);
    return html`<li>
      ${badge(cause.verdict)}
      ${isOpenCause(cause) ? html`<a href="#${causeAnchor(cause.signature)}">${title}</a>` : title}
      <span class="muted">${formatPlural(cause.count, "response")}, ${shown(causeStateText(cause))}</span>
    </li>`;
  });
  const rest = causes.length - items.length;
  return html`<ul class="causes">
    ${items}${rest > 0 ? html`<li>… and ${formatPlural(rest, "more cause")}</li>` : null}
  </ul>`;
}

function fieldTable(fields: readonly FieldReport[]): SafeHtml | null {
  if (fields.length === 0) return null;
  const rows = fields.slice(0, MAX_FIELDS).map(
    (field) =>
      html`<tr>
        <th scope="row">${code(formatField(field))}</th>
        <td>${differenceWords(field)}</td>
        <td>${field.rule === null ? badge(field.verdict) : html`hidden by rule ${shown(field.rule)}`}</td>
        <td class="number">${formatCount(field.count)}</td>
        <td class="number">${formatCount(field.noise)}</td>
      </tr> `,
  );
  const columns = [
    { title: "Field" },
    { title: "Difference" },
    { title: "Verdict" },
    { title: "Responses", isNumber: true },
    { title: "Noise", isNumber: true },
  ];
  const rest = fields.length - rows.length;
  return html`${table("Differing fields", columns, rows)}${rest > 0 ? html`<p class="hint">… and ${formatPlural(rest, "more field")}</p>` : null}`;
}

function parameterTable({ parameters }: EndpointReport): SafeHtml | null {
  const differing = parameters.filter(({ count, countWithout }) => count + countWithout > 0);
  if (differing.length === 0) return null;
  const rows = differing.map(
    (share) =>
      html`<tr>
        <th scope="row">${code(parameterLabel(share))}</th>
        <td class="number">${formatCount(share.count)} of ${formatCount(share.compared)}</td>
        <td class="number">${formatCount(share.countWithout)} of ${formatCount(share.comparedWithout)}</td>
      </tr> `,
  );
  const columns = [
    { title: "Query parameter" },
    { title: "Differ with it", isNumber: true },
    { title: "Differ without it", isNumber: true },
  ];
  return table("Differences by query parameter", columns, rows);
}
