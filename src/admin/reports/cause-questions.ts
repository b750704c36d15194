import { inForce, templateName, type LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { CauseReport, Report } from "../../model/report.ts";
import type { Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import type { Sample } from "../../model/sample.ts";
import type { CauseEndpoint } from "../../model/views/cause-endpoint.ts";
import type { CauseExplanation } from "../../model/views/cause-explanation.ts";
import type { ReviewPreview, RulePreview } from "../../model/views/change-preview.ts";
import type { Templates } from "../../model/views/templates.ts";
import { reviewedCause, type ReviewedCause } from "../../report/causes/reviewed-cause.ts";
import { explainSignature } from "../../report/explanations/explain-signature.ts";
import { previewReviews } from "../../report/preview/preview-reviews.ts";
import { previewRules } from "../../report/preview/preview-rules.ts";
import { proposedFor } from "../../report/views/template-proposals-of.ts";
import type { SampleField } from "../../store/store.ts";
import { ApiError } from "../api-error.ts";
import { causeFields, endpointsOfCause, fullSignature, hasField, unknownCause } from "../cause-lookup.ts";
import type { RunSelection } from "../run-selection.ts";
import { recentReport } from "./screen-questions.ts";
import type { ReportDesk } from "./report-desk.ts";

/** Endpoints that a template lists. */
const MAX_ENDPOINTS = 50;

interface OfCause {
  readonly selection: RunSelection;
  readonly signature: string;
}

/** The endpoints that show a cause, most exchanges first. */
function endpointsWithCause(
  desk: ReportDesk,
  { selection, signature }: OfCause,
): Promise<{ readonly endpoints: readonly CauseEndpoint[] }> {
  return desk.read(selection, async (source) => ({
    endpoints: endpointsOfCause(await recentReport(desk, source), signature),
  }));
}

/** @throws ApiError 404 if the report has no such cause */
function explanation(
  desk: ReportDesk,
  { selection, signature: text, endpoint }: OfCause & { readonly endpoint?: string | undefined },
): Promise<CauseExplanation> {
  return desk.read(selection, async (source) => {
    const report = await recentReport(desk, source);
    const signature = fullSignature(report, text);
    if (endpointsOfCause(report, signature).length === 0) throw unknownCause(signature);
    return oncePerReport(report, JSON.stringify([signature, endpoint]), () =>
      explainSignature(source, report, signature, endpoint),
    );
  });
}

const explanations = new WeakMap<Report, Map<string, Promise<CauseExplanation>>>();

/** All open dashboards together cost one explanation. */
function oncePerReport(
  report: Report,
  name: string,
  explain: () => Promise<CauseExplanation>,
): Promise<CauseExplanation> {
  const known = explanations.get(report) ?? new Map<string, Promise<CauseExplanation>>();
  explanations.set(report, known);
  const explained = known.get(name) ?? explain();
  known.set(name, explained);
  explained.catch(() => known.delete(name));
  return explained;
}

/** The fields of a cause on each endpoint that has it; of a screen's report, or of everything that is stored. */
function fieldsOfCause(
  desk: ReportDesk,
  { selection, signature, isRecent }: OfCause & { readonly isRecent: boolean },
): Promise<readonly SampleField[]> {
  return desk.read(selection, async ({ reader, run, candidate }) =>
    causeFields(await desk.reports[isRecent ? "recent" : "get"](reader, run, candidate), signature),
  );
}

/**
 * The causes of signatures in the report, or in earlier reviews, which can be of another run.
 * @throws ApiError 404 if a signature is unknown
 */
function reviewedCauses(
  desk: ReportDesk,
  question: {
    readonly selection: RunSelection;
    readonly signatures: readonly string[];
    /** Endpoints to review apart from the others. */
    readonly only: readonly string[] | undefined;
  },
): Promise<readonly ReviewedCause[]> {
  const { selection, signatures, only } = question;
  return desk.read(selection, async ({ reader, run, candidate }) => {
    const report = await desk.reports.get(reader, run, candidate);
    const reviews = await reader.reviews();
    return signatures.map((signature) => {
      const earlier = only === undefined ? reviews.find((review) => review.signature === signature) : undefined;
      const known = reviewedCause(report, signature, only) ?? earlier;
      if (known === undefined) throw unknownCause(signature);
      return { signature: known.signature, endpoints: known.endpoints, title: known.title, fields: known.fields };
    });
  });
}

function reviewPreview(
  desk: ReportDesk,
  { selection, reviews }: { readonly selection: RunSelection; readonly reviews: readonly Review[] },
): Promise<ReviewPreview> {
  return desk.read(selection, (source) => previewReviews(source, reviews, desk.reports.context()));
}

/** @param rules not stored yet; each has an id of its own */
function rulePreview(
  desk: ReportDesk,
  { selection, rules }: { readonly selection: RunSelection; readonly rules: readonly Rule[] },
): Promise<Omit<RulePreview, "warnings">> {
  return desk.read(selection, (source) => previewRules(source, rules, desk.reports.context()));
}

/** The causes of its endpoint that a sample shows. */
function causesOfSample(
  desk: ReportDesk,
  question: { readonly selection: RunSelection; readonly sample: Pick<Sample, "endpoint" | "route" | "fields"> },
): Promise<readonly CauseReport[]> {
  const { endpoint, route, fields } = question.sample;
  return desk.read(question.selection, async (source) => {
    const { endpoints } = await recentReport(desk, source);
    const causes = endpoints.find((each) => each.endpoint === endpoint && each.route === route)?.causes ?? [];
    return causes.filter((cause) => fields.some((field) => field.mark !== "noise" && hasField(cause.fields, field)));
  });
}

/** A cause on one endpoint of a report. */
export interface FoundCause extends Pick<CauseReport, "title" | "fields"> {
  readonly endpoint: string;
  readonly route: string;
}

/** Where a cause shows most often. @throws ApiError 404 if the report has no such cause there */
function mostFrequent(
  desk: ReportDesk,
  question: OfCause & { readonly endpoint?: string | undefined; readonly route?: string | undefined },
): Promise<FoundCause> {
  const { selection, signature, ...where } = question;
  return desk.read(selection, async (source) => {
    const { endpoints } = await recentReport(desk, source);
    const [found] = endpoints
      .filter(({ endpoint, route }) => (where.endpoint ?? endpoint) === endpoint && (where.route ?? route) === route)
      .flatMap(({ endpoint, route, causes }) =>
        causes.filter((cause) => cause.signature === signature).map((cause) => ({ ...cause, endpoint, route })),
      )
      .toSorted((one, other) => other.count - one.count);
    if (found !== undefined) return found;
    const place = where.endpoint === undefined ? "The report" : `${where.endpoint} `;
    const remedy =
      "GET /api/v1/report lists the causes with their signatures, and GET /api/v1/causes/{signature}/endpoints where they show.";
    throw new ApiError("unknown-cause", `${place.trim()} has no cause with the signature ${signature}.`, remedy);
  });
}

/** Path segments that are counted as one endpoint or kept apart, and those of a run that look alike. */
function templates(desk: ReportDesk, selection: RunSelection): Promise<Templates> {
  return desk.read(selection, async (source) => {
    const { reader } = source;
    const [known, keptApart] = [await reader.templates(), await reader.keptApart()];
    const report = await recentReport(desk, source);
    return {
      templates: known.map((template) => ({ ...inForce(template), endpoints: below(template, report) })),
      keptApart,
      proposals: proposedFor(report, [...known, ...keptApart]),
    };
  });
}

function below(template: LearnedTemplate, { endpoints }: Report): readonly string[] {
  const name = templateName(template);
  const own = endpoints.flatMap(({ route, endpoint }) =>
    route === template.route && (endpoint === name || endpoint.startsWith(`${name}/`)) ? [endpoint] : [],
  );
  return own.slice(0, MAX_ENDPOINTS);
}

/** What decisions about causes, rules and endpoints ask. */
export const CAUSE_QUESTIONS = {
  endpointsWithCause,
  explanation,
  fieldsOfCause,
  reviewedCauses,
  reviewPreview,
  rulePreview,
  causesOfSample,
  mostFrequent,
  templates,
};
