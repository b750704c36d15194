import type { Report } from "../../model/report.ts";
import type { CauseField } from "../../model/review.ts";
import type { Run } from "../../model/run.ts";
import type { CauseTimes } from "../../model/views/timeline.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { PerEndpoint, TimeBlock } from "../../store/store.ts";
import { countFields, fieldKey } from "../judge/field-counts.ts";
import { collapseMaps } from "../collapse-maps.ts";
import { rowsByEndpoint, type CandidateSource } from "../read-counts.ts";
import { bucketAt, timeGrid } from "./time-grid.ts";

const MAX_BUCKETS = 32;
/** Endpoints of a cause that are read, those that show it most. */
const MAX_ENDPOINTS = 200;

interface EndpointName {
  readonly route: string;
  readonly endpoint: string;
}

/** @returns undefined in runs of earlier versions, which have no time blocks */
export type TimesOfCause = (
  fields: readonly CauseField[],
  endpoints: readonly EndpointName[],
) => CauseTimes | undefined;

/** Finds when causes of a run showed. @param blocks of the run */
export function createCauseTimes(
  blocks: readonly PerEndpoint<readonly TimeBlock[]>[],
  { startedAt, endedAt }: Pick<Run, "startedAt" | "endedAt">,
): TimesOfCause {
  const grid = timeGrid(blocks, MAX_BUCKETS);
  if (grid === undefined) return () => undefined;
  const blocksOf = rowsByEndpoint(blocks);
  return (fields, endpoints) => {
    const keys = fields.map(fieldKey);
    const counts = Array.from({ length: grid.buckets }, () => 0);
    let [first, firstEnd, last] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const endpoint of endpoints.slice(0, MAX_ENDPOINTS)) {
      for (const block of blocksOf.get(endpointKey(endpoint)) ?? []) {
        const counted = countFields(block.outcomes);
        const count = Math.max(0, ...keys.map((key) => counted.get(key)?.raw ?? 0));
        if (count === 0) continue;
        const bucket = bucketAt(grid, block.startedAt);
        counts[bucket] = (counts[bucket] ?? 0) + count;
        first = Math.min(first, block.startedAt);
        firstEnd = Math.min(firstEnd, block.endsAt);
        last = Math.max(last, block.endsAt);
      }
    }
    if (first > last) return undefined;
    return {
      firstSeen: Math.max(first, startedAt),
      firstSeenBy: Math.min(firstEnd, endedAt ?? firstEnd),
      lastSeen: Math.min(last, endedAt ?? last),
      bucketMs: grid.bucketMs,
      counts,
    };
  };
}

/** The time blocks that a report was built from, with the same names of fields. */
export async function readBlocks({
  reader,
  run,
  candidate,
}: CandidateSource): Promise<readonly PerEndpoint<readonly TimeBlock[]>[]> {
  const outcomes = await reader.outcomes(run.id, candidate);
  return collapseMaps({ outcomes, blocks: await reader.blocks(run.id, candidate) }).blocks;
}

const timesByReport = new WeakMap<Report, TimesOfCause>();

/** When the causes of a report showed. The blocks are read once per report, and only if a screen asks for them. */
export async function timesOfReport(report: Report, source: CandidateSource): Promise<TimesOfCause> {
  const known = timesByReport.get(report) ?? createCauseTimes(await readBlocks(source), source.run);
  timesByReport.set(report, known);
  return known;
}
