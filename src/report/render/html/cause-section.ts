import { html, type SafeHtml } from "@remix-run/html-template";
import type { CauseField } from "../../../model/review.ts";
import type { CauseReport, EndpointReport, FieldReport, Report } from "../../../model/report.ts";
import type { SampleDetail } from "../../../model/sample.ts";
import { causeStateText } from "../../../presentation/statuses/status-rows.ts";
import { explanationText } from "../../../presentation/explain/cause-explanations.ts";
import { wideCauses, type WideCause } from "../../../presentation/verdict/headlines.ts";
import { differenceWords, formatField, formatFieldList } from "../../../presentation/words/difference-words.ts";
import { fieldNotes } from "../../../presentation/words/field-notes.ts";
import { formatCount, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { parameterPhrase } from "../../../presentation/words/parameter-words.ts";
import { causeAnchor, endpointAnchor, sampleAnchor } from "./anchors.ts";
import type { PageBudget } from "./page-budget.ts";
import { badge, code, panel, shown, table } from "./html-text.ts";
import { sampleView } from "./sample-view.ts";

/** Bytes of the causes without their samples. */
const MAX_CAUSE_BYTES = 350_000;
const MAX_ENDPOINTS = 20;
const MAX_FIELDS = 50;

/** What a report shows of each cause, by signature. */
export interface CauseSamples {
  readonly parts: ReadonlyMap<string, readonly SafeHtml[]>;
  /** Samples that did not fit. */
  readonly leftOut: number;
}

/** The open causes, as many as fit without their samples. */
export interface FittingCauses {
  readonly causes: readonly WideCause[];
  readonly leftOut: number;
}

/** Takes the room of the open causes, most important first, with their endpoints and fields. */
export function fitCauses(report: Report, budget: PageBudget): FittingCauses {
  const all = wideCauses(report);
  const { leftOut } = budget.fit(all, MAX_CAUSE_BYTES, (wide) => causeDetails(wide));
  return { causes: all.slice(0, all.length - leftOut), leftOut };
}

/**
 * The samples of causes that fit: first one of each cause, then a second one of each. A sample of several causes is shown once;
 * the others link to it.
 */
export function causeSamples(
  { causes }: FittingCauses,
  samples: ReadonlyMap<string, readonly SampleDetail[]>,
  budget: PageBudget,
): CauseSamples {
  const parts = new Map<string, SafeHtml[]>();
  const seen = new Set<string>();
  const queue = inRounds(causes, samples);
  let [leftOut, misses] = [0, 0];
  for (const { signature, sample } of queue) {
    // Rendering takes time: a file that is full has no room for smaller ones either.
    const part = misses >= MAX_MISSES ? null : seen.has(sample.id) ? sampleLink(sample) : sampleView(sample);
    if (part !== null && budget.take(part)) {
      seen.add(sample.id);
      parts.set(signature, [...(parts.get(signature) ?? []), part]);
      misses = 0;
    } else {
      leftOut += 1;
      misses += 1;
    }
  }
  return { parts, leftOut };
}

/** Samples in a row that do not fit, after which the file is full. */
const MAX_MISSES = 5;

function inRounds(
  causes: readonly WideCause[],
  samples: ReadonlyMap<string, readonly SampleDetail[]>,
): readonly { readonly signature: string; readonly sample: SampleDetail }[] {
  const most = Math.max(0, ...[...samples.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_, round) =>
    causes.flatMap(({ cause: { signature } }) => {
      const sample = samples.get(signature)?.[round];
      return sample === undefined ? [] : [{ signature, sample }];
    }),
  ).flat();
}

/** The causes with their samples. */
export function causeSection({ causes, leftOut }: FittingCauses, { parts }: CauseSamples): SafeHtml {
  const content =
    causes.length === 0
      ? html`<p>No difference counts.</p>`
      : html`${causes.map((wide) => causeDetails(wide, parts.get(wide.cause.signature)))}
        ${leftOut === 0 ? null : html`<p class="hint">… and ${formatPlural(leftOut, "more cause")}, left out to limit the size of this file</p>`}`;
  return panel({ id: "causes", title: "Causes", content });
}

function causeDetails({ cause, count, compared, endpoints }: WideCause, samples: readonly SafeHtml[] = []): SafeHtml {
  const where = formatPlural(endpoints.length, "endpoint");
  const named = endpoints.slice(0, MAX_ENDPOINTS);
  const rest = endpoints.length - named.length;
  const explanation = explanationText(cause, endpoints);
  const notes = [
    explanation === null ? null : `Why: ${explanation}`,
    cause.since === null ? null : `Since ${formatTime(cause.since)}.`,
    endpoints.length === 1 ? sentence(parameterPhrase(cause.parameters)) : null,
    reviewText(cause),
  ];
  return html`<details class="cause">
    <summary>
      ${badge(cause.verdict)} ${code(cause.title)}
      <span class="muted"
        >${formatCount(count)} of ${formatPlural(compared, "response")}, ${where}, ${shown(causeStateText(cause))}</span
      >
    </summary>
    <div class="target" id="${causeAnchor(cause.signature)}">
      ${notes.map((note) => (note === null ? null : html`<p>${shown(note)}</p>`))}
      <p class="links">
        ${named.map((endpoint) => html`<a href="#${endpointAnchor(endpoint)}">${code(endpoint.endpoint)}</a> `)}${rest > 0 ? `and ${formatCount(rest)} more` : null}
      </p>
      ${fieldTable(cause, endpoints)}
      ${samples.length === 0 ? html`<p class="hint">No sample of it is part of this file.</p>` : html`<h3>Samples</h3>`}
      ${[...samples]}
    </div>
  </details> `;
}

function sentence(phrase: string | null): string | null {
  return phrase === null ? null : `Shows ${phrase}.`;
}

function reviewText({ review, state, isNewHere }: CauseReport): string | null {
  if (review === null) return null;
  if (isNewHere) return "Accepted on other endpoints, new here.";
  if (state === "changed") return `Accepted before as ${review.title}.`;
  return `${review.decision === "denied" ? "Denied" : "Accepted"} by ${review.by}: ${review.reason}`;
}

/** The fields of a cause, added up over its endpoints. */
function fieldTable(cause: CauseReport, endpoints: readonly EndpointReport[]): SafeHtml {
  const reported = endpoints.flatMap(({ differences }) => differences.filter((each) => each.cause === cause.signature));
  const rows = cause.fields.slice(0, MAX_FIELDS).map((field) => {
    const own = reported.filter(
      ({ section, path, kind }) => section === field.section && path === field.path && kind === field.kind,
    );
    return fieldRow(field, own);
  });
  const columns = [
    { title: "Field" },
    { title: "Difference" },
    { title: "Responses", isNumber: true },
    { title: "Noise", isNumber: true },
    { title: "Note" },
  ];
  const rest = cause.fields.length - rows.length;
  return html`${table("Fields", columns, rows)}${rest > 0 ? html`<p class="hint">… and ${formatPlural(rest, "more field")}</p>` : null}`;
}

function fieldRow(field: CauseField, own: readonly FieldReport[]): SafeHtml {
  const sum = (name: "count" | "noise"): string => formatCount(own.reduce((total, each) => total + each[name], 0));
  const [first] = own;
  const described = own.filter(({ features, failures = [] }) => features.length > 0 || failures.length > 0);
  const notes = [
    ...(first !== undefined && own.length === 1 ? fieldNotes(first) : []),
    ...(described.length === 0 ? [] : [formatFieldList(described.slice(0, 1))]),
  ];
  return html`<tr>
    <th scope="row">${code(formatField(field))}</th>
    <td>${differenceWords(field)}</td>
    <td class="number">${sum("count")}</td>
    <td class="number">${sum("noise")}</td>
    <td>${shown(notes.join("; "))}</td>
  </tr> `;
}

function sampleLink({ id, method, target }: SampleDetail): SafeHtml {
  return html`<p><a href="#${sampleAnchor(id)}">${code(`${method} ${target}`)}</a>, shown under another cause</p> `;
}
