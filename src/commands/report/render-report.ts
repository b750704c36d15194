import { buildVersion } from "../../lib/versions.ts";
import { gatherDetails } from "../../report/details/gather-details.ts";
import { renderJunit } from "../../report/render/junit/render-junit.ts";
import { renderMarkdown } from "../../report/render/markdown/render-markdown.ts";
import { renderText, type TextOptions } from "../../report/render/text/render-text.ts";
import type { LoadedReport } from "./load-report.ts";
import { MARKDOWN_BYTES, type MarkdownPlace, type ReportFormat } from "./report-outputs.ts";

export interface RenderOptions extends TextOptions {
  readonly markdownFor: MarkdownPlace;
}

type Renderer = (loaded: LoadedReport, options: RenderOptions) => string | Promise<string>;

const RENDERERS: Readonly<Record<ReportFormat, Renderer>> = {
  text: ({ report }, options) => renderText(report, options),
  json: ({ report }) => `${JSON.stringify(report, null, 2)}\n`,
  markdown: ({ report }, { markdownFor }) => renderMarkdown(report, MARKDOWN_BYTES[markdownFor]),
  junit: ({ report }) => renderJunit(report),
  html: renderPage,
};

async function renderPage({ report, details }: LoadedReport): Promise<string> {
  // Imported on demand, because it loads parsers of JSON and HTML.
  const { renderHtml } = await import("../../report/render/html/render-html.ts");
  return renderHtml(report, await gatherDetails(report, details), { now: Date.now(), version: buildVersion() });
}

/** Renders a report, with a final line break. Captured content is escaped as the format requires. */
export async function renderReport(
  loaded: LoadedReport,
  format: ReportFormat,
  options: RenderOptions,
): Promise<string> {
  return RENDERERS[format](loaded, options);
}
