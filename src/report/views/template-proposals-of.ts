import { memoizePerObject } from "../../lib/memoize.ts";
import type { TemplatePosition } from "../../model/views/templates.ts";
import { proposeTemplates, type SeenEndpoint } from "../../endpoints/template-proposals.ts";
import type { TemplateProposal } from "../../model/views/templates.ts";
import type { Report } from "../../model/report.ts";

/** Fields of an endpoint that are compared with those of others, most frequent first. */
const MAX_FIELDS = 50;

/** Segments of a report's endpoints whose values look alike. @param decided segments that are no longer proposed */
export function proposedFor(report: Report, decided: readonly TemplatePosition[]): readonly TemplateProposal[] {
  return proposeTemplates(seenEndpoints(report), decided);
}

const seenEndpoints = memoizePerObject(({ endpoints }: Report): readonly SeenEndpoint[] =>
  endpoints.map(({ route, endpoint, compared, differences }) => ({
    route,
    endpoint,
    compared,
    fields: differences
      .filter(({ count }) => count > 0)
      .slice(0, MAX_FIELDS)
      .map(({ section, path, kind }) => `${section} ${path} ${kind}`),
  })),
);
