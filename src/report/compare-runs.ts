import type { CauseReport, EndpointReport, Report, ComparedCause, RunComparison } from "../model/report.ts";
import type { CauseField } from "../model/review.ts";
import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import type { ReportContext } from "./read-counts.ts";
import { lookKey } from "./causes/field-look.ts";
import { fieldKey } from "./judge/field-verdicts.ts";
import { buildReport } from "./parity-report.ts";

/** A cause is gone when, as often as it was, it would have shown by now in all but so many cases. */
const CHANCE_TO_MISS = 0.05;

/** The differences of one endpoint that count: no noise, and nothing that a rule hides. */
interface Seen {
  readonly compared: number;
  readonly causes: readonly CauseReport[];
  /** Exchanges by `lookKey` and by `fieldKey`. */
  readonly looks: ReadonlyMap<string, number>;
  readonly fields: ReadonlyMap<string, number>;
}

/**
 * What became of the causes of one run in another. Both are judged by the rules of the later one, so that a rule which is new
 * repairs nothing. Causes are known again by their fields, because traffic may group the same fields in another way:
 * - still there: each of its fields was there before, looking the same.
 * - new: one of its fields was not.
 * - fixed: none of its fields is left, although there was traffic enough to show them.
 */
export function compareRuns(
  reader: StoreReader,
  [before, after]: readonly [before: Run, after: Run],
  candidate: string,
  context: ReportContext,
): RunComparison {
  const rules = [...after.rules, ...reader.rules()];
  const seen = reader.snapshot(() => ({
    before: seenIn(buildReport(reader, before, candidate, { ...context, rules })),
    after: seenIn(buildReport(reader, after, candidate, { ...context, rules })),
  }));
  const now = [...seen.after].flatMap(([endpoint, here]) =>
    here.causes.map((cause) => {
      const there = seen.before.get(endpoint);
      const isStill = cause.fields.every((field) => there?.looks.has(lookKey(field)) === true);
      return { isStill, cause: compared(endpoint, cause, there, here) };
    }),
  );
  const gone = [...seen.before].flatMap(([endpoint, there]) =>
    there.causes
      .filter(({ fields }) => !fields.some((field) => seen.after.get(endpoint)?.fields.has(fieldKey(field)) === true))
      .map((cause) => ({ endpoint, cause, there, here: seen.after.get(endpoint) })),
  );
  return {
    before: nameOf(before),
    after: nameOf(after),
    new: now.filter(({ isStill }) => !isStill).map(({ cause }) => cause),
    fixed: gone
      .filter(({ cause, there, here }) => wouldShow(cause, there, here))
      .map(({ endpoint, cause, there, here }) => compared(endpoint, cause, there, here)),
    still: now.filter(({ isStill }) => isStill).map(({ cause }) => cause),
    unseen: [
      ...new Set(
        gone.filter(({ cause, there, here }) => !wouldShow(cause, there, here)).map(({ endpoint }) => endpoint),
      ),
    ],
  };
}

/** The newest run that began earlier and had the same candidate. */
export function runBefore(reader: StoreReader, { startedAt }: Run, candidate: string): Run | undefined {
  return reader.runs().find((run) => run.startedAt < startedAt && run.candidates.includes(candidate));
}

function nameOf({ id, name, labels }: Run): RunComparison["before"] {
  return { id, name, labels };
}

function seenIn({ endpoints }: Report): ReadonlyMap<string, Seen> {
  return new Map(
    [...Map.groupBy(endpoints, ({ endpoint }) => endpoint)].map(([endpoint, reports]) => [endpoint, seenOn(reports)]),
  );
}

/** @param reports of one endpoint, which may be on several routes */
function seenOn(reports: readonly EndpointReport[]): Seen {
  const [looks, fields] = [new Map<string, number>(), new Map<string, number>()];
  for (const field of reports.flatMap(({ differences }) => differences)) {
    if (field.verdict === "noise" || field.rule !== null || field.count === 0) continue;
    add(looks, lookKey(field), field.count);
    add(fields, fieldKey(field), field.count);
  }
  return {
    compared: reports.reduce((sum, report) => sum + report.compared, 0),
    causes: reports.flatMap(({ causes }) => causes).filter(({ verdict, rule }) => verdict !== "noise" && rule === null),
    looks,
    fields,
  };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function compared(
  endpoint: string,
  cause: CauseReport,
  before: Seen | undefined,
  after: Seen | undefined,
): ComparedCause {
  const { signature, title, verdict, fields } = cause;
  return { endpoint, signature, title, verdict, before: shareOf(fields, before), after: shareOf(fields, after) };
}

function shareOf(fields: readonly CauseField[], seen: Seen | undefined): number | null {
  if (seen === undefined || seen.compared === 0) return null;
  return Math.max(0, ...fields.map((field) => seen.looks.get(lookKey(field)) ?? 0)) / seen.compared;
}

/** Whether a cause that is as frequent as before would have been seen: (1 − share)^n is small. */
function wouldShow({ count }: CauseReport, before: Seen, after: Seen | undefined): boolean {
  if (after === undefined) return false;
  return (1 - Math.min(1, count / before.compared)) ** after.compared <= CHANCE_TO_MISS;
}
