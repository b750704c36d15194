import { html, type SafeHtml } from "@remix-run/html-template";
import type { Report } from "../../../model/report.ts";
import { accountingSums, formatReasons, openText } from "../../../presentation/verdict/accounting-sums.ts";
import { countEndpoints } from "../../../presentation/verdict/endpoint-counts.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import { gateRows } from "../../../presentation/verdict/gate-rows.ts";
import { formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import { badge, panel, shown, table } from "./html-text.ts";

/** The thresholds of the gate, each with its measurement over all endpoints. */
export function gateSection(report: Report): SafeHtml {
  const rows = gateRows({ ...report, endpointCounts: countEndpoints(report.endpoints) }).map(
    ({ name, limit, measured, interval, note, verdict }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${badge(verdict)}</td>
        <td class="number">${limit}</td>
        <td class="number"><b>${measured}</b></td>
        <td>${interval}</td>
        <td>${note === null ? null : shown(note)}</td>
      </tr> `,
  );
  const columns = [
    { title: "Threshold" },
    { title: "Verdict" },
    { title: "Required", isNumber: true },
    { title: "Measured", isNumber: true },
    { title: "95% interval" },
    { title: "Note" },
  ];
  return panel({ id: "thresholds", title: "Thresholds", content: table("Thresholds of the gate", columns, rows) });
}

/** What happened to the requests. The parts of each sum add up, unless a defect has lost a request. */
export function accountingSection({ accounting, endpoints }: Report): SafeHtml {
  const rows = accountingSums(accounting).flatMap(({ name, total, parts }) => {
    const open = total - parts.reduce((sum, { count }) => sum + count, 0);
    const all =
      open === 0 ? parts : [...parts, { name: open > 0 ? "lost" : "too many", count: Math.abs(open), reasons: {} }];
    return all.map(
      (part, index) =>
        html`<tr>
          ${index === 0 ? html`<th scope="rowgroup" rowspan="${all.length}">${name} <b>${formatCount(total)}</b></th>` : null}
          <td>${part.name}</td>
          <td class="number">${formatCount(part.count)}</td>
          <td>${formatReasons(part.reasons)}</td>
        </tr> `,
    );
  });
  const columns = [{ title: "Sum" }, { title: "Part" }, { title: "Requests", isNumber: true }, { title: "Reasons" }];
  const notes = [
    openText(accounting) === "" ? null : `Not counted: ${openText(accounting)}.`,
    excusedText(endpoints),
    `${formatPlural(accounting.noiseCompared, "compared exchange")} with a secondary response.`,
  ];
  return panel({
    id: "accounting",
    title: "Accounting",
    content: html`${table("What happened to the requests", columns, rows)}
    ${notes.map((note) => (note === null ? null : html`<p class="hint">${note}</p>`))}`,
  });
}
