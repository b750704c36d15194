import type { EndpointReport, FieldReport, Report } from "../../../model/report.ts";
import type { CauseField } from "../../../model/review.ts";
import { causeStateText } from "../../../presentation/statuses/status-rows.ts";
import { explanationText } from "../../../presentation/explain/cause-explanations.ts";
import { wideCauses, whereText, type WideCause } from "../../../presentation/verdict/headlines.ts";
import { differenceWords, formatField, kindWords } from "../../../presentation/words/difference-words.ts";
import { formatCount, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { parameterPhrase } from "../../../presentation/words/parameter-words.ts";
import type { MarkdownSection } from "./fit-sections.ts";
import { htmlCode, markdownCode, markdownText } from "./markdown-text.ts";

/** Of one cause. */
const MAX_FIELDS = 20;
const MAX_ENDPOINTS = 20;

/** The open causes, each folded: which fields, on which endpoints, since when. */
export function causeSection(report: Report): MarkdownSection {
  return {
    head: "\n### Causes\n",
    rows: wideCauses(report).map(causeText),
    nameRows: (count) => formatPlural(count, "more cause"),
    share: 0.6,
  };
}

function causeText(wide: WideCause): string {
  const { cause, endpoints, count, compared } = wide;
  const { title, since, fields, review, parameters } = cause;
  const responses = `${formatCount(count)} of ${formatPlural(compared, "response")}`;
  const phrase = parameterPhrase(parameters);
  const explanation = explanationText(cause, endpoints);
  const notes = [
    ...(explanation === null ? [] : [`why: ${explanation}`]),
    ...(phrase === null ? [] : [phrase]),
    ...(since === null ? [] : [`since ${formatTime(since)}`]),
    ...(review === null ? [] : [`${review.decision}: ${review.reason}`]),
  ];
  const where = endpoints.length === 1 ? htmlCode(whereText(wide)) : formatPlural(endpoints.length, "endpoint");
  return [
    `\n<details><summary>${htmlCode(title)} in ${responses} of ${where} (${causeStateText(cause)})</summary>\n\n`,
    ...notes.map((note) => `- ${markdownText(note)}\n`),
    ...listed(fields, MAX_FIELDS, "field", fieldText),
    ...(endpoints.length === 1 ? [] : listed(endpoints, MAX_ENDPOINTS, "endpoint", (each) => endpointText(each, wide))),
    "\n</details>\n",
  ].join("");
}

function listed<Item>(items: readonly Item[], most: number, noun: string, textOf: (item: Item) => string): string[] {
  const rest = items.length - most;
  const lines = items.slice(0, most).map((item) => `- ${textOf(item)}\n`);
  return rest > 0 ? [...lines, `- … and ${formatPlural(rest, `more ${noun}`)}\n`] : lines;
}

function fieldText(field: CauseField): string {
  return `${markdownCode(formatField(field))} ${markdownText(field.reason ?? differenceWords(field))}`;
}

function endpointText(endpoint: EndpointReport, { cause }: WideCause): string {
  const own = endpoint.causes.find(({ signature }) => signature === cause.signature);
  const count = own === undefined ? "" : ` ${formatCount(own.count)} of ${formatCount(endpoint.compared)}`;
  return `${markdownCode(endpoint.endpoint)}${count}`;
}

/** What does not count because the secondary differs as well, folded. */
export function noiseSection({ endpoints }: Report): MarkdownSection {
  const noisy = endpoints.flatMap(({ endpoint, differences }) =>
    differences
      .filter(({ verdict, rule }) => verdict === "noise" && rule === null)
      .map((field) => ({ endpoint, field })),
  );
  return {
    head:
      `\n<details><summary>Noise: ${formatPlural(noisy.length, "field")} in which the secondary differs too</summary>\n\n` +
      "| endpoint | field | kind | candidate | secondary |\n|---|---|---|--:|--:|\n",
    rows: noisy.map(({ endpoint, field }) => noiseRow(endpoint, field)),
    foot: "\n</details>\n",
    nameRows: (count) => `${formatPlural(count, "more field")} of noise`,
    share: 0.5,
  };
}

function noiseRow(endpoint: string, field: FieldReport): string {
  const cells = [
    markdownCode(endpoint),
    markdownCode(formatField(field)),
    kindWords(field.kind),
    formatCount(field.count),
    formatCount(field.noise),
  ];
  return `| ${cells.join(" | ")} |\n`;
}
