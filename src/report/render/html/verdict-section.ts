import { html, type SafeHtml } from "@remix-run/html-template";
import type { Report } from "../../../model/report.ts";
import { explanationPlaceboText } from "../../../presentation/explain/cause-explanations.ts";
import { countEndpoints } from "../../../presentation/verdict/endpoint-counts.ts";
import { baselineText } from "../../../presentation/verdict/baseline-text.ts";
import { headlineFindings } from "../../../presentation/verdict/headlines.ts";
import { certaintyText, missingEvidence } from "../../../presentation/verdict/missing-evidence.ts";
import { NO_PLACEBO, PLACEBO_MEANING, verdictSentence } from "../../../presentation/verdict/verdict-sentence.ts";
import type { Finding } from "../../../model/views/overview.ts";
import { formatCount, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { causeAnchor } from "./anchors.ts";
import type { PageBudget } from "./page-budget.ts";
import { badge, shown } from "./html-text.ts";

const MAX_LIST_BYTES = 50_000;
/** Further reasons are folded. */
const OPEN_REASONS = 5;

/** The verdict with its reasons, and which run it is about. */
export function verdictSection(report: Report, budget: PageBudget): SafeHtml {
  const { verdict, reasons } = report;
  const list = (lines: readonly string[]): SafeHtml | null => lineList(lines, budget);
  const sentence = verdictSentence({ ...report, endpointCounts: countEndpoints(report.endpoints) });
  const findings = headlineFindings(report).filter(({ text }) => !reasons.includes(text));
  return html`<section class="panel verdict verdict-${verdict}" id="verdict" aria-labelledby="verdict-title">
    <h1 id="verdict-title">${badge(verdict)} ${shown(sentence)}</h1>
    ${
      findings.length === 0
        ? null
        : html`<ul class="headlines">
            ${findings.map(findingItem)}
          </ul>`
    }
    <p>${certaintyText(report)}</p>
    ${list(missingEvidence(report).map(({ text }) => text))}
    <h2>Reasons</h2>
    ${list(reasons.slice(0, OPEN_REASONS))}
    ${moreReasons(reasons.length - OPEN_REASONS, list(reasons.slice(OPEN_REASONS)))} ${placeboNote(report)}
    ${runFacts(report)}
  </section> `;
}

function findingItem({ text, about }: Finding): SafeHtml {
  const cause = about?.cause ?? null;
  if (cause === null) return html`<li>${shown(text)}</li>`;
  return html`<li><a href="#${causeAnchor(cause)}">${shown(text)}</a></li>`;
}

function lineList(lines: readonly string[], budget: PageBudget): SafeHtml | null {
  if (lines.length === 0) return null;
  const { parts, leftOut } = budget.fit(lines, MAX_LIST_BYTES, (line) => html`<li>${shown(line)}</li>`);
  const rest = leftOut > 0 ? html`<li>… and ${formatCount(leftOut)} more</li>` : null;
  return html`<ul class="reasons">
    ${[...parts]}${rest}
  </ul>`;
}

function moreReasons(count: number, reasons: SafeHtml | null): SafeHtml | null {
  if (reasons === null) return null;
  return html`<details>
    <summary>${formatPlural(count, "more reason")}</summary>
    ${reasons}
  </details>`;
}

function placeboNote({ placebo, explanationPlacebo }: Report): SafeHtml {
  if (placebo === null) return html`<p class="hint">${NO_PLACEBO}</p>`;
  const { verdict, falselyReal, fields } = placebo;
  return html`<p class="hint">
    Placebo: the secondary, judged as if it were the candidate, is <b>${verdict}</b>; ${formatCount(falselyReal)} of
    ${formatPlural(fields, "field")} wrongly judged real. ${PLACEBO_MEANING[verdict]}
    ${explanationPlacebo === null ? null : `Explanations: ${explanationPlaceboText(explanationPlacebo)}.`}
  </p>`;
}

function runFacts(report: Report): SafeHtml {
  const { run, candidate, lostReplicas = [] } = report;
  const baseline = baselineText(report);
  const facts = [
    ["Candidate", candidate],
    ...(baseline === null ? [] : [["Compared", baseline]]),
    ["Run", run.name === run.id ? run.id : `${run.name} (${run.id})`],
    ["Started", formatTime(run.startedAt)],
    ["Ended", run.endedAt === null ? "not yet" : formatTime(run.endedAt)],
    ...Object.entries(run.labels),
    ...(lostReplicas.length === 0 ? [] : [["Lost replicas", formatCount(lostReplicas.length)]]),
  ] as const;
  return html`<dl class="facts">
    ${facts.map(
      ([name = "", value = ""]) =>
        html`<div>
          <dt>${shown(name)}</dt>
          <dd>${shown(value)}</dd>
        </div>`,
    )}
  </dl>`;
}
