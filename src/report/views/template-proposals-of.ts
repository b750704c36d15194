import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import { proposeTemplates, type SeenEndpoint } from "../../endpoints/template-proposals.ts";
import type { EndpointReport, Report } from "../../model/report.ts";
import type { TemplatePosition, TemplateProposal } from "../../model/views/templates.ts";

/** Fields of an endpoint that are compared with those of others, most frequent first. */
const MAX_FIELDS = 30;

/** Segments of a report's endpoints whose values look alike. @param decided segments that are no longer proposed */
export function proposedFor(report: Report, decided: readonly TemplatePosition[]): readonly TemplateProposal[] {
  const positions = decided.map(({ route, method, parent }): TemplatePosition => ({ route, method, parent }));
  return proposeOnce(report, { decided: JSON.stringify(positions) });
}

/** @param decided JSON, so that equal lists are recognized */
const proposeOnce = memoizeLast(
  ({ endpoints }: Report, { decided }: { readonly decided: string }): readonly TemplateProposal[] =>
    proposeTemplates(endpoints.map(seenEndpoint), JSON.parse(decided) as readonly TemplatePosition[]),
);

/** The same object until the counts of the endpoint change. */
const seenEndpoint = memoizePerObject((report: EndpointReport): SeenEndpoint => {
  const { route, endpoint, compared } = report;
  return { route, endpoint, compared, fields: () => fieldNames(report) };
});

const fieldNames = memoizePerObject(({ differences }: EndpointReport): readonly string[] =>
  differences
    .filter(({ count }) => count > 0)
    .slice(0, MAX_FIELDS)
    .map(({ section, path, kind }) => `${section} ${path} ${kind}`),
);
