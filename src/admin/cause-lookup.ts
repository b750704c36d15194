import type { CauseReport, Report } from "../model/report.ts";
import { ALL_ENDPOINTS, type Review } from "../model/review.ts";
import type { SampleField } from "../store/store.ts";
import { appearanceKey } from "../report/causes/field-appearance.ts";
import { ApiError } from "./api-error.ts";
import type { AdminOptions } from "./admin-options.ts";
import type { CachedReports } from "./live/cached-reports.ts";
import type { StoreConnection } from "./live/store-connection.ts";
import { selectRun, type RunSelection } from "./run-selection.ts";

/** What a review says about the cause itself. */
type ReviewedCause = Pick<Review, "signature" | "endpoint" | "title" | "fields">;

/**
 * Finds the causes of signatures in the report, or in earlier reviews, which can be of another run.
 * @throws ApiError 404 if a signature is unknown
 */
export type CauseLookup = (signatures: readonly string[], selection: RunSelection) => readonly ReviewedCause[];

export function createCauseLookup(
  { runs }: Pick<AdminOptions, "runs">,
  store: StoreConnection,
  reports: CachedReports,
): CauseLookup {
  return (signatures, selection) =>
    store.query((reader) => {
      const { run, candidate } = selectRun(reader, runs.current, selection);
      const report = reports.get(reader, run, candidate);
      const reviews = reader.reviews();
      return signatures.map((signature) => {
        const known = reviewedCause(report, signature) ?? reviews.find((review) => review.signature === signature);
        if (known !== undefined) {
          return { signature, endpoint: known.endpoint, title: known.title, fields: known.fields };
        }
        const remedy = "GET /api/v1/report lists the causes with their signatures. Use ?run= for another run.";
        throw new ApiError("unknown-cause", `The report has no cause with the signature ${signature}.`, remedy);
      });
    });
}

/** The causes with a signature, with the endpoints that have them. */
function causesOf(
  { endpoints }: Pick<Report, "endpoints">,
  signature: string,
): readonly (CauseReport & { readonly name: string })[] {
  return endpoints.flatMap(({ endpoint, causes }) =>
    causes.filter((cause) => cause.signature === signature).map((cause) => ({ ...cause, name: endpoint })),
  );
}

/** What a review of a cause is about: a cause of several endpoints is reviewed for all endpoints, with the fields of each. */
function reviewedCause(report: Report, signature: string): Omit<ReviewedCause, "signature"> | undefined {
  const own = causesOf(report, signature);
  const [first] = own;
  if (first === undefined) return undefined;
  const fields = new Map(own.flatMap((cause) => cause.fields).map((field) => [appearanceKey(field), field]));
  return {
    endpoint: first.endpoints > 1 ? ALL_ENDPOINTS : first.name,
    title: first.title,
    fields: [...fields.values()],
  };
}

/** The fields of a cause on each endpoint that has it. @returns empty if the report has no such cause */
export function causeFields(report: Pick<Report, "endpoints">, signature: string): readonly SampleField[] {
  return causesOf(report, signature).flatMap(({ name, fields }) =>
    fields.map(({ section, path, kind }) => ({ endpoint: name, section, path, kind })),
  );
}
