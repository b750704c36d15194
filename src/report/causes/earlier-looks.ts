import type { RelationCount } from "../../model/difference.ts";
import type { Run } from "../../model/run.ts";
import type { PerEndpoint, OutcomeRow, StoreReader } from "../../store/store.ts";
import { lookKey } from "./field-look.ts";
import { countFields, judgeFields, pairingOf, realFieldBar } from "../judge/field-verdicts.ts";
import { relationsOf } from "./field-relations.ts";
import type { ReportMemory } from "../report-cache.ts";

/** What the differences of a run look like, by endpoint. */
export type EarlierLooks = ReadonlyMap<string, ReadonlySet<string>>;

/** Runs that are asked for something that was compared: one that was broken off at once says nothing. */
const MAX_RUNS_ASKED = 5;

/**
 * What the differences of the run before look like: the newest earlier run with the same candidate in which something was
 * compared. Noise is left out; what rules hide is not, for it was there.
 * @param now Unix milliseconds
 * @returns the looks of each endpoint, as `lookKey` names them
 */
export function earlierLooks(
  reader: StoreReader,
  run: Run,
  candidate: string,
  { memory, now }: { readonly memory: ReportMemory; readonly now: number },
): EarlierLooks {
  const earlier = reader
    .runs()
    .filter(({ startedAt, candidates }) => startedAt < run.startedAt && candidates.includes(candidate))
    .slice(0, MAX_RUNS_ASKED);
  for (const { id, endedAt } of earlier) {
    const looks = memory.looks(`${id}\n${candidate}`, { ended: endedAt !== null, now }, () => {
      const outcomes = reader.outcomes(id, candidate);
      return outcomes.length === 0 ? NOTHING : looksOf(outcomes, reader.relations(id, candidate));
    });
    if (looks !== NOTHING) return looks;
  }
  return NOTHING;
}

/** Nothing was compared; a run without differences has another empty map. */
const NOTHING: EarlierLooks = new Map();

function looksOf(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
  relations: readonly PerEndpoint<readonly RelationCount[]>[],
): EarlierLooks {
  const relationsByEndpoint = Map.groupBy(relations, ({ endpoint }) => endpoint);
  const endpoints = [...Map.groupBy(outcomes, ({ endpoint }) => endpoint)].map(([endpoint, routes]) => {
    const rows = routes.flatMap((route) => route.rows);
    return { endpoint, fields: countFields(rows), pairing: pairingOf(rows) };
  });
  const bar = realFieldBar(endpoints.map(({ fields }) => fields));
  return new Map(
    endpoints.map(({ endpoint, fields, pairing }) => {
      const verdicts = judgeFields(fields, pairing, bar);
      const explained = relationsOf(
        (relationsByEndpoint.get(endpoint) ?? []).flatMap(({ rows }) => rows),
        fields,
      );
      const looks = new Set<string>();
      for (const [key, field] of fields) {
        if (field.raw === 0 || verdicts.get(key) === "noise") continue;
        looks.add(lookKey({ ...field, relation: explained.get(key) ?? null }));
      }
      return [endpoint, looks];
    }),
  );
}
