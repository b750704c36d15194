import { createHash } from "node:crypto";
import { html, type SafeHtml } from "@remix-run/html-template";
import type { Report } from "../../../model/report.ts";
import { formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import type { ReportDetails } from "../../details/gather-details.ts";
import { PageBudget } from "./page-budget.ts";
import { fitCauses, causeSamples, causeSection } from "./cause-section.ts";
import { endpointSection } from "./endpoint-section.ts";
import { accountingSection, gateSection } from "./gate-section.ts";
import { shown } from "./html-text.ts";
import { latencySection } from "./latency-section.ts";
import { contractSection, excusedSection, noiseSection, ruleSection, statusSection } from "./other-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { verdictSection } from "./verdict-section.ts";

/** Many systems refuse or cut larger attachments. */
export const MAX_HTML_BYTES = 2_000_000;
/** Of what no list limits: style, headings, heads of tables, gate and accounting. */
const FRAME_BYTES = 100_000;

/** What the page says about itself. */
export interface HtmlOptions {
  /** When the report was made, Unix milliseconds. */
  readonly now: number;
  /** Of shadowdiff. */
  readonly version: string;
}

/** The policy names the hash of exactly these characters. */
const STYLE = html.raw`${`<style>${REPORT_STYLE}</style>`}`;

/** Nothing is loaded, and nothing runs: the only style is the one whose hash is named. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(REPORT_STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * Renders a report as one HTML file of at most `MAX_HTML_BYTES` that works without network and without scripts. Captured content
 * is escaped. Samples fill the room that the rest leaves; the page says what was left out.
 */
export function renderHtml(report: Report, details: ReportDetails, { now, version }: HtmlOptions): string {
  const budget = new PageBudget(MAX_HTML_BYTES - FRAME_BYTES);
  const verdict = verdictSection(report, budget);
  const statuses = statusSection(report, budget);
  const causes = fitCauses(report, budget);
  const endpoints = endpointSection(report, details.latencies, budget);
  const latency = latencySection(report, details.latency, budget);
  const excused = excusedSection(report, budget);
  const noise = noiseSection(report, budget);
  const rules = ruleSection(report, budget);
  const samples = causeSamples(causes, details.samples, budget);
  const sections = [
    verdict,
    gateSection(report),
    statuses,
    causeSection(causes, samples),
    endpoints,
    latency,
    accountingSection(report),
    contractSection(report),
    excused,
    noise,
    rules,
  ];
  const about = [
    `Made by shadowdiff ${version} on ${formatTime(now)}.`,
    "Secrets were replaced by fingerprints before storage; request bodies are not stored.",
    ...(samples.leftOut === 0
      ? []
      : [
          `${formatPlural(samples.leftOut, "sample")} left out to keep this file below 2 MB; the dashboard shows them.`,
        ]),
  ].join(" ");
  return String(page(report, sections, about));
}

function page(report: Report, sections: readonly (SafeHtml | null)[], about: string): SafeHtml {
  const { verdict, candidate, run } = report;
  const links = [
    ["verdict", "Verdict"],
    ["thresholds", "Thresholds"],
    ["causes", "Causes"],
    ["endpoints", "Endpoints"],
    ["latency", "Latency"],
    ["accounting", "Accounting"],
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <link rel="icon" href="data:," />
        <title>${verdict}: ${shown(candidate)}, ${shown(run.name)} – shadowdiff</title>
        ${STYLE}
      </head>
      <body>
        <header>
          <strong>shadowdiff</strong>
          <nav aria-label="Sections">${links.map(([id = "", title = ""]) => html`<a href="#${id}">${title}</a> `)}</nav>
        </header>
        <main>${[...sections]}</main>
        <footer>${shown(about)}</footer>
      </body>
    </html> `;
}
