import type { DifferingField } from "../model/difference.ts";
import type { CauseReport, Report } from "../model/report.ts";
import type { CauseEndpoint } from "../model/views/cause-endpoint.ts";
import { isHandleOf } from "../presentation/explain/cause-explanations.ts";
import type { SampleField } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

/** The report has no such cause. */
export function unknownCause(signature: string): ApiError {
  const remedy = "GET /api/v1/report lists the causes with their signatures. Use ?run= for another run.";
  return new ApiError("unknown-cause", `The report has no cause with the signature ${signature}.`, remedy);
}

/** The signature that begins so, as reports print it; the text itself if there is no single one. */
export function fullSignature({ endpoints }: Pick<Report, "endpoints">, text: string): string {
  const begun = new Set(
    endpoints.flatMap(({ causes }) =>
      causes.filter((cause) => isHandleOf(text, cause)).map(({ signature }) => signature),
    ),
  );
  const [only = text] = begun;
  return begun.size === 1 ? only : text;
}

/** The causes with a signature, with the endpoints that have them. */
function causesOf(
  { endpoints }: Pick<Report, "endpoints">,
  signature: string,
): readonly (Pick<CauseReport, "fields" | "count"> & { readonly endpoint: string; readonly route: string })[] {
  const full = fullSignature({ endpoints }, signature);
  return endpoints.flatMap(({ endpoint, route, causes }) =>
    causes.filter((cause) => cause.signature === full).map(({ fields, count }) => ({ endpoint, route, fields, count })),
  );
}

/** The fields of a cause on each endpoint that has it. @returns empty if the report has no such cause */
export function causeFields(report: Pick<Report, "endpoints">, signature: string): readonly SampleField[] {
  return causesOf(report, signature).flatMap(({ endpoint, fields }) =>
    fields.map(({ section, path, kind }) => ({ endpoint, section, path, kind })),
  );
}

/** The endpoints that show a cause, most exchanges first. @returns empty if the report has no such cause */
export function endpointsOfCause(report: Pick<Report, "endpoints">, signature: string): readonly CauseEndpoint[] {
  return causesOf(report, signature)
    .map(({ endpoint, route, count }) => ({ endpoint, route, count }))
    .toSorted((one, other) => other.count - one.count || (one.endpoint < other.endpoint ? -1 : 1));
}

/** Whether a cause has a field. */
export function hasField(fields: CauseReport["fields"], { section, path, kind }: DifferingField): boolean {
  return fields.some((field) => field.section === section && field.path === path && field.kind === kind);
}
