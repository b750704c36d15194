import type { AttributeRecord } from "../../model/explain/attribute.ts";
import type { Condition } from "../../model/explain/explanation.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { SampleSummary, StoreReader } from "../../store/store.ts";
import { meetsConditions } from "../explain/conditions/meets-conditions.ts";

export interface MeetingSamples {
  readonly samples: readonly SampleSummary[];
  /** Samples whose attributes were not kept. */
  readonly unjudged: number;
}

/** Of samples, those whose exchanges meet all conditions, in the same order. */
export async function samplesMeeting(
  reader: Pick<StoreReader, "attributes">,
  { runId, candidate }: { readonly runId: string; readonly candidate: string },
  samples: readonly SampleSummary[],
  conditions: readonly Omit<Condition, "words">[],
): Promise<MeetingSamples> {
  const records = new Map<string, AttributeRecord>();
  for (const [first] of Map.groupBy(samples, endpointKey).values()) {
    if (first === undefined) continue;
    const { route, endpoint } = first;
    const kept = await reader.attributes(runId, candidate, { route, endpoint });
    for (const record of kept.flatMap(({ rows }) => rows.flatMap((stratum) => stratum.records))) {
      records.set(record.id, record);
    }
  }
  const judged = samples.flatMap((sample) => {
    const record = records.get(sample.id);
    return record === undefined ? [] : [{ sample, record }];
  });
  return {
    samples: judged.filter(({ record }) => meetsConditions(conditions, record)).map(({ sample }) => sample),
    unjudged: samples.length - judged.length,
  };
}
