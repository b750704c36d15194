import { html, type SafeHtml } from "@remix-run/html-template";
import type { LatencyView } from "../../../model/latency.ts";
import type { EndpointReport, LatencyReport, Quantiles, RatioEstimate, Report } from "../../../model/report.ts";
import {
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
} from "../../../presentation/words/number-format.ts";
import { endpointAnchor } from "./anchors.ts";
import type { PageBudget } from "./page-budget.ts";
import { badge, code, panel, table } from "./html-text.ts";
import { distributionChart, quantileStrips } from "./latency-chart.ts";

const MAX_TABLE_BYTES = 250_000;

/** The latency of all endpoints together and of each one: quantiles of both sides and the ratio. */
export function latencySection(report: Report, all: LatencyView | null, budget: PageBudget): SafeHtml {
  const measured = report.endpoints.filter(({ latency }) => latency.primary.p50 !== null);
  if (measured.length === 0) {
    return panel({ id: "latency", title: "Latency", content: html`<p>No latency was measured.</p>` });
  }
  const strip = quantileStrips([report.latency, ...measured.map(({ latency }) => latency)]);
  const { parts, leftOut } = budget.fit(measured, MAX_TABLE_BYTES, (endpoint) => latencyRow(endpoint, strip));
  const total = html`<tr>
    <th scope="row">all endpoints</th>
    ${latencyCells(report.latency, strip)}
  </tr> `;
  const columns = [
    { title: "Endpoint" },
    { title: "Verdict" },
    { title: "Side" },
    ...["p50", "p95", "p99", "Ratio"].map((title) => ({ title, isNumber: true })),
    { title: "p50 to p99" },
  ];
  const content = html`${all === null ? null : distributionChart(all, "all endpoints")}
    ${table("Latency by endpoint", columns, [total, ...parts])}
    ${leftOut === 0 ? null : html`<p class="hint">… and ${formatPlural(leftOut, "more endpoint")}, left out to limit the size of this file</p>`}
    <p class="hint">
      Milliseconds to the last byte. The ratio is the typical quotient candidate / primary of one exchange, with the
      interval that covers it with 95% confidence. A dot is p50, the marks are p95 and p99; all lines have the same
      logarithmic scale.
    </p>`;
  return panel({ id: "latency", title: "Latency", content });
}

function latencyRow(endpoint: EndpointReport, strip: (latency: LatencyReport) => SafeHtml): SafeHtml {
  return html`<tr>
    <th scope="row"><a href="#${endpointAnchor(endpoint)}">${code(endpoint.endpoint)}</a></th>
    ${latencyCells(endpoint.latency, strip)}
  </tr> `;
}

function latencyCells(latency: LatencyReport, strip: (latency: LatencyReport) => SafeHtml): SafeHtml {
  const { primary, candidate, ratio, verdict } = latency;
  const both = (name: keyof Quantiles): SafeHtml =>
    html`<td class="number">${formatDuration(primary[name])}<br />${formatDuration(candidate[name])}</td>`;
  return html`<td>${verdict === null ? null : badge(verdict)}</td>
    <td>primary<br />candidate</td>
    ${both("p50")}${both("p95")}${both("p99")}
    <td class="number">${ratio === null ? null : ratioText(ratio)}</td>
    <td>${strip(latency)}</td>`;
}

function ratioText(ratio: RatioEstimate): SafeHtml {
  return html`<b>${formatFactor(ratio.estimate)}</b><br /><span class="muted"
      >${formatInterval(ratio, formatFactor)}</span
    >`;
}
