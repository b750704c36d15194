import type { EndpointReport, FieldVerdict, Report } from "../../model/report.ts";
import type { Timeline, TimelineBucket } from "../../model/views/timeline.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../store/store.ts";
import { comparedCounts } from "../judge/accounting-totals.ts";
import { cachedFieldKey, fieldKey } from "../judge/field-counts.ts";
import { countAgainstParity } from "../judge/parity-counts.ts";
import type { CandidateSource } from "../read-counts.ts";
import { readBlocks } from "./cause-times.ts";
import { bucketAt, timeGrid } from "./time-grid.ts";

const MAX_BUCKETS = 64;

/** What a timeline is about; all endpoints without a name, all routes without a route. */
export interface TimelineQuery {
  readonly endpoint?: string | undefined;
  readonly route?: string | undefined;
  /** The signature of a cause whose exchanges are counted, too. */
  readonly cause?: string | undefined;
}

/**
 * Compared, differing and counting exchanges over the time of a run. What counts is what counts in the report, apart from
 * changes inside noise, which no single exchange shows.
 * @param blocks of the run of the report
 */
export function buildTimeline(
  { endpoints }: Pick<Report, "endpoints">,
  blocks: readonly PerEndpoint<readonly TimeBlock[]>[],
  { endpoint, route, cause }: TimelineQuery,
): Timeline {
  const own = blocks.filter(
    (each) => each.endpoint === (endpoint ?? each.endpoint) && each.route === (route ?? each.route),
  );
  const grid = timeGrid(own, MAX_BUCKETS);
  if (grid === undefined) return { endpoint: endpoint ?? null, bucketMs: 0, buckets: [] };
  const reports = new Map(endpoints.map((each) => [endpointKey(each), each]));
  const buckets = new Map<number, Omit<TimelineBucket, "at">>();
  for (const each of own) {
    const report = reports.get(endpointKey(each));
    const verdicts = report === undefined ? NO_VERDICTS : effectiveVerdicts(report);
    const keys = keysOfCause(report, cause);
    for (const { startedAt, outcomes } of each.rows) {
      const { compared, differed } = comparedCounts(outcomes);
      if (compared === 0) continue;
      const counting = differed === 0 ? 0 : countAgainstParity(outcomes, verdicts).counting;
      const bucket = bucketAt(grid, startedAt);
      const known = buckets.get(bucket) ?? { compared: 0, differed: 0, counting: 0, withCause: 0 };
      buckets.set(bucket, {
        compared: known.compared + compared,
        differed: known.differed + differed,
        counting: known.counting + counting,
        withCause: known.withCause + countWithFields(outcomes, keys),
      });
    }
  }
  return {
    endpoint: endpoint ?? null,
    bucketMs: grid.bucketMs,
    buckets: [...buckets]
      .map(([bucket, counts]) => ({ at: grid.startedAt + bucket * grid.bucketMs, ...counts }))
      .toSorted((one, other) => one.at - other.at),
  };
}

/** The fields of a cause on one endpoint, by `fieldKey`. */
function keysOfCause(report: EndpointReport | undefined, cause: string | undefined): ReadonlySet<string> {
  if (report === undefined || cause === undefined) return new Set();
  return new Set(report.differences.filter((field) => field.cause === cause).map(fieldKey));
}

/** Exchanges in which the candidate differs in at least one of the fields. */
function countWithFields(rows: readonly OutcomeRow[], keys: ReadonlySet<string>): number {
  if (keys.size === 0) return 0;
  const hasOne = ({ fields }: OutcomeRow): boolean =>
    fields.some((field) => field.mark !== "noise" && keys.has(cachedFieldKey(field)));
  return rows.reduce((sum, row) => (hasOne(row) ? sum + row.count : sum), 0);
}

const timelines = new WeakMap<Report, Map<string, Timeline>>();

/** The timeline of a report, which is built once for all open dashboards. */
export async function timelineOfReport(
  report: Report,
  source: CandidateSource,
  query: TimelineQuery,
): Promise<Timeline> {
  const known = timelines.get(report) ?? new Map<string, Timeline>();
  timelines.set(report, known);
  const name = JSON.stringify([query.endpoint, query.route, query.cause]);
  const timeline = known.get(name) ?? buildTimeline(report, await readBlocks(source), query);
  known.set(name, timeline);
  return timeline;
}

const NO_VERDICTS: ReadonlyMap<string, FieldVerdict> = new Map();

/** What each field counts as after rules and reviews, by `fieldKey`. */
function effectiveVerdicts({ differences, causes }: EndpointReport): ReadonlyMap<string, FieldVerdict> {
  const states = new Map(causes.map(({ signature, state }) => [signature, state]));
  return new Map(
    differences.map((field) => {
      const state = states.get(field.cause);
      const isExcused = field.rule !== null || state === "accepted";
      const verdict = isExcused ? "noise" : state === "denied" ? "real" : field.verdict;
      return [fieldKey(field), verdict];
    }),
  );
}
