import type { FailureCount, RelationCount } from "../../model/difference.ts";
import type { Run } from "../../model/run.ts";
import type { OutcomeRow, PerEndpoint, StoreReader } from "../../store/store.ts";
import type { HistoryCache } from "../history-cache.ts";
import { judgeRunFields } from "../judge/field-verdicts.ts";
import { appearanceKey, type AppearancesByEndpoint } from "./field-appearance.ts";
import { failuresByRole, looksOf } from "./field-failures.ts";
import { relationsOf } from "./field-relations.ts";

/** Earlier runs that are searched for one that compared something: a run that was stopped at once says nothing. */
const MAX_RUNS_SEARCHED = 5;

/** Nothing was compared; the map of a run without differences is a separate object. */
const NOTHING_COMPARED: AppearancesByEndpoint = new Map();

/**
 * The differences of the run before: the newest earlier run with the same candidate that compared something. Without noise,
 * but with fields that rules hide.
 * @param now Unix milliseconds
 */
export async function previousAppearances(
  reader: StoreReader,
  run: Run,
  candidate: string,
  { cache, now }: { readonly cache: HistoryCache; readonly now: number },
): Promise<AppearancesByEndpoint> {
  const earlier = (await reader.runs())
    .filter(({ startedAt, candidates }) => startedAt < run.startedAt && candidates.includes(candidate))
    .slice(0, MAX_RUNS_SEARCHED);
  for (const { id, endedAt } of earlier) {
    const appearances = await cache.appearances(
      `${id}\n${candidate}`,
      { hasEnded: endedAt !== null, now },
      async () => {
        const outcomes = await reader.outcomes(id, candidate);
        if (outcomes.length === 0) return NOTHING_COMPARED;
        return appearancesOf(outcomes, await reader.relations(id, candidate), await reader.failures(id, candidate));
      },
    );
    if (appearances !== NOTHING_COMPARED) return appearances;
  }
  return NOTHING_COMPARED;
}

/**
 * Routes of one endpoint are judged together: the next run may route it differently. Exchanges count as independent, because it
 * only matters which differences were there.
 */
function appearancesOf(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
  relations: readonly PerEndpoint<readonly RelationCount[]>[],
  failures: readonly PerEndpoint<readonly FailureCount[]>[],
): AppearancesByEndpoint {
  const relationsByEndpoint = Map.groupBy(relations, ({ endpoint }) => endpoint);
  const failuresByEndpoint = Map.groupBy(failures, ({ endpoint }) => endpoint);
  const endpoints = [...Map.groupBy(outcomes, ({ endpoint }) => endpoint)].map(([endpoint, routes]) => ({
    route: "",
    endpoint,
    rows: routes.flatMap(({ rows }) => rows),
  }));
  return new Map(
    judgeRunFields(endpoints, []).endpoints.map(({ endpoint, fields, verdicts }) => {
      const rows = (relationsByEndpoint.get(endpoint) ?? []).flatMap((each) => each.rows);
      const related = relationsOf(rows, fields);
      const missing = (failuresByEndpoint.get(endpoint) ?? []).flatMap((each) => failuresByRole(each.rows).candidate);
      const appearances = new Set<string>();
      for (const [key, field] of fields) {
        if (field.raw === 0 || verdicts.get(key) === "noise") continue;
        const looks = looksOf({ ...field, relation: related.get(key) ?? null }, missing);
        for (const look of looks) appearances.add(appearanceKey(look));
      }
      return [endpoint, appearances];
    }),
  );
}
