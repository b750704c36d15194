import type { CauseReport, EndpointReport, Report } from "../model/report.ts";
import type { ComparedCause, RunComparison } from "../model/views/run-comparison.ts";
import type { CauseField } from "../model/review.ts";
import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { appearanceKey } from "./causes/field-appearance.ts";
import { looksOf } from "./causes/field-failures.ts";
import { fieldKey } from "./judge/field-counts.ts";
import { buildReport } from "./build-report.ts";
import type { ReportContext } from "./read-counts.ts";
import { ALPHA } from "./statistics/significance.ts";

/** The visible differences of one endpoint beyond noise. */
interface EndpointFindings {
  readonly compared: number;
  readonly causes: readonly CauseReport[];
  /** Exchanges by `appearanceKey` and by `fieldKey`. */
  readonly appearances: ReadonlyMap<string, number>;
  readonly fields: ReadonlyMap<string, number>;
}

/**
 * What happened to the causes of one run in another. The rules of the later run judge both, so that a new rule fixes nothing.
 * Causes are matched by their fields, because traffic may group the same fields differently:
 * - still: each of its fields was there before, with the same appearance.
 * - new: one of its fields was not.
 * - fixed: none of its fields is left, although there was enough traffic to show them.
 */
export async function compareRuns(
  reader: StoreReader,
  [before, after]: readonly [before: Run, after: Run],
  candidate: string,
  context: ReportContext,
): Promise<RunComparison> {
  const findings = await reader.snapshot(async (snapshot) => {
    const rules = [...after.rules, ...(await snapshot.rules())];
    return {
      before: findingsOf(await buildReport(snapshot, before, candidate, { ...context, rules })),
      after: findingsOf(await buildReport(snapshot, after, candidate, { ...context, rules })),
    };
  });
  const present = [...findings.after].flatMap(([endpoint, now]) =>
    now.causes.map((cause) => {
      const earlier = findings.before.get(endpoint);
      const isStill = cause.fields.every((field) => earlier?.appearances.has(appearanceKey(field)) === true);
      return { isStill, cause: comparedCause(endpoint, cause, earlier, now) };
    }),
  );
  const gone = [...findings.before].flatMap(([endpoint, earlier]) => {
    const now = findings.after.get(endpoint);
    return earlier.causes
      .filter(({ fields }) => !fields.some((field) => now?.fields.has(fieldKey(field)) === true))
      .map((cause) => ({ endpoint, cause, earlier, now, isFixed: wouldShow(cause, earlier, now) }));
  });
  return {
    before: summaryOf(before),
    after: summaryOf(after),
    new: present.filter(({ isStill }) => !isStill).map(({ cause }) => cause),
    fixed: gone
      .filter(({ isFixed }) => isFixed)
      .map(({ endpoint, cause, earlier, now }) => comparedCause(endpoint, cause, earlier, now)),
    still: present.filter(({ isStill }) => isStill).map(({ cause }) => cause),
    unseen: [...new Set(gone.filter(({ isFixed }) => !isFixed).map(({ endpoint }) => endpoint))],
  };
}

/** The newest earlier run with the same candidate. */
export async function runBefore(reader: StoreReader, { startedAt }: Run, candidate: string): Promise<Run | undefined> {
  return (await reader.runs()).find((run) => run.startedAt < startedAt && run.candidates.includes(candidate));
}

function summaryOf({ id, name, labels }: Run): RunComparison["before"] {
  return { id, name, labels };
}

function findingsOf({ endpoints }: Report): ReadonlyMap<string, EndpointFindings> {
  return new Map(
    [...Map.groupBy(endpoints, ({ endpoint }) => endpoint)].map(([endpoint, routes]) => [
      endpoint,
      endpointFindings(routes),
    ]),
  );
}

/** @param routes the reports of one endpoint, one for each of its routes */
function endpointFindings(routes: readonly EndpointReport[]): EndpointFindings {
  const [appearances, fields] = [new Map<string, number>(), new Map<string, number>()];
  for (const field of routes.flatMap(({ differences }) => differences)) {
    if (field.verdict === "noise" || field.rule !== null || field.count === 0) continue;
    for (const look of looksOf(field, field.failures ?? [])) add(appearances, appearanceKey(look), field.count);
    add(fields, fieldKey(field), field.count);
  }
  return {
    compared: routes.reduce((sum, { compared }) => sum + compared, 0),
    causes: routes.flatMap(({ causes }) => causes).filter(({ verdict, rule }) => verdict !== "noise" && rule === null),
    appearances,
    fields,
  };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function comparedCause(
  endpoint: string,
  cause: CauseReport,
  before: EndpointFindings | undefined,
  after: EndpointFindings | undefined,
): ComparedCause {
  const { signature, title, verdict, fields } = cause;
  return { endpoint, signature, title, verdict, before: shareOf(fields, before), after: shareOf(fields, after) };
}

function shareOf(fields: readonly CauseField[], findings: EndpointFindings | undefined): number | null {
  if (findings === undefined || findings.compared === 0) return null;
  return Math.max(0, ...fields.map((field) => findings.appearances.get(appearanceKey(field)) ?? 0)) / findings.compared;
}

/** Whether a cause that is as frequent as before would have been seen: the chance to miss it, (1 − share)^n, is at most α. */
function wouldShow({ count }: CauseReport, before: EndpointFindings, after: EndpointFindings | undefined): boolean {
  if (after === undefined) return false;
  return (1 - Math.min(1, count / before.compared)) ** after.compared <= ALPHA;
}
