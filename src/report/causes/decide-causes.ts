import type { RelationCount } from "../../model/difference.ts";
import type { CauseReport, FieldVerdict } from "../../model/report.ts";
import type { Review } from "../../model/review.ts";
import type { PerEndpoint, OutcomeRow } from "../../store/store.ts";
import { causeRank, gravest } from "./cause-reports.ts";
import { causesOf, type Cause, type Groupable } from "./group-causes.ts";
import type { EarlierLooks } from "./earlier-looks.ts";
import { causeField } from "./field-look.ts";
import type { Weigh } from "../judge/judge-endpoint.ts";
import { byPlace } from "../judge/judge-candidate.ts";
import { endpointKey } from "../../presentation/endpoint-order.ts";
import type { FieldCounts, JudgedField } from "../judge/field-verdicts.ts";
import { relationsOf } from "./field-relations.ts";
import { memoizePerObject, memoizeLast } from "../../lib/memoize.ts";
import { decisionsOf, type CauseDecision, type Decisions } from "./cause-decisions.ts";

interface Place {
  readonly endpoint: string;
  readonly route: string;
}

export type DecidedCause = Cause & CauseDecision;

/** Finds the causes of every endpoint and what people decided about them. */
export class CauseReview {
  readonly #relations: ReadonlyMap<string, readonly RelationCount[]>;
  readonly #reviews: ReadonlyMap<string, readonly Review[]>;
  readonly #decisions = new Map<string, Decisions>();
  readonly #earlier: EarlierLooks;
  readonly #now: number;
  readonly #causes = new Map<string, readonly DecidedCause[]>();

  /** @param earlier what differences looked like in the run before @param now Unix milliseconds */
  constructor(
    relations: readonly PerEndpoint<readonly RelationCount[]>[],
    reviews: readonly Review[],
    earlier: EarlierLooks,
    now: number,
  ) {
    this.#relations = byPlace(relations);
    this.#reviews = Map.groupBy(reviews, ({ endpoint }) => endpoint);
    this.#earlier = earlier;
    this.#now = now;
  }

  /** Whether somebody denied a field, so that no rule may take it away. @param key of `fieldKey` */
  readonly isDenied = (endpoint: string, key: string): boolean => this.#decisionsOf(endpoint).isDenied(key);

  /** Finds the causes of an endpoint: accepted ones are excused, denied ones insisted on. */
  readonly weigh: Weigh = ({ route, endpoint, outcomes, fields }, verdicts) => {
    const causes = this.find({ route, endpoint }, outcomes, fields, classesOf(verdicts));
    this.#causes.set(endpointKey({ route, endpoint }), causes);
    return weighed(causes, { verdicts });
  };

  /** Those that `weigh` has found. */
  causesOf(place: Place): readonly DecidedCause[] {
    return this.#causes.get(endpointKey(place)) ?? NO_CAUSES;
  }

  /** @param classes within which fields are grouped, by `fieldKey` */
  find(
    { route, endpoint }: Place,
    outcomes: readonly OutcomeRow[],
    fields: ReadonlyMap<string, FieldCounts>,
    classes: ReadonlyMap<string, string>,
  ): readonly DecidedCause[] {
    if (fields.size === 0) return NO_CAUSES;
    return decidedCauses(outcomes, {
      endpoint,
      fields,
      classes,
      relations: this.#relations.get(endpointKey({ route, endpoint })) ?? NO_RELATIONS,
      decisions: this.#decisionsOf(endpoint),
      earlier: this.#earlier.get(endpoint) ?? NO_LOOKS,
    });
  }

  #decisionsOf(endpoint: string): Decisions {
    const known = this.#decisions.get(endpoint) ?? decisionsOf(this.#reviews.get(endpoint) ?? [], this.#now);
    this.#decisions.set(endpoint, known);
    return known;
  }
}

const NO_CAUSES: readonly DecidedCause[] = [];
const NO_RELATIONS: readonly RelationCount[] = [];
const NO_LOOKS: ReadonlySet<string> = new Set();

/** Noise is never one cause with what counts. */
const classesOf = memoizePerObject(
  (verdicts: ReadonlyMap<string, FieldVerdict>): ReadonlyMap<string, string> =>
    new Map([...verdicts].map(([key, verdict]) => [key, verdict === "noise" ? "noise" : "counting"])),
);

const weighed = memoizeLast(
  (causes: readonly DecidedCause[], { verdicts }: { readonly verdicts: ReadonlyMap<string, FieldVerdict> }) => {
    const decided = causes.flatMap(({ state, keys }): [string, FieldVerdict][] => {
      if (state !== "accepted" && state !== "denied") return [];
      return keys.map((key) => [key, state === "accepted" ? "noise" : "real"]);
    });
    return decided.length === 0 ? verdicts : new Map([...verdicts, ...decided]);
  },
);

interface CauseSource {
  readonly endpoint: string;
  readonly fields: ReadonlyMap<string, FieldCounts>;
  readonly classes: ReadonlyMap<string, string>;
  readonly relations: readonly RelationCount[];
  readonly decisions: Decisions;
  readonly earlier: ReadonlySet<string>;
}

const decidedCauses = memoizeLast((outcomes: readonly OutcomeRow[], source: CauseSource): readonly DecidedCause[] => {
  const { endpoint, fields, classes, relations, decisions, earlier } = source;
  const explained = relationsOf(relations, fields);
  const groupable = new Map<string, Groupable>();
  for (const [key, field] of fields) {
    const looking = causeField(key, field, explained.get(key) ?? null);
    groupable.set(key, { field: looking, kind: classes.get(key) ?? "" });
  }
  return causesOf(endpoint, outcomes, groupable).map(({ signature, title, fields: causing, keys, count }) => {
    const { state, review } = decisions.of(signature, causing, earlier);
    return { signature, title, fields: causing, keys, count, state, review };
  });
});

/**
 * The causes as a report shows them: what a person should look at comes first, and what rules hide comes last.
 * @param fields of the same endpoint, by `fieldKey`
 * @param rules the rule that hides a field, by `fieldKey`
 */
export function causeReports(
  causes: readonly DecidedCause[],
  fields: ReadonlyMap<string, JudgedField>,
  rules: ReadonlyMap<string, string>,
  compared: number,
): readonly CauseReport[] {
  return causes
    .map(({ signature, title, fields: causing, keys, count, state, review }): CauseReport => {
      const own = keys.flatMap((key) => fields.get(key) ?? []);
      const verdict = gravest(own.map((field) => field.verdict));
      const rule = rules.get(keys[0] ?? "") ?? null;
      return { signature, title, fields: causing, count, state, review, verdict, rule, rank: causeRank(own, compared) };
    })
    .sort(
      (a, b) =>
        Number(a.rule !== null) - Number(b.rule !== null) ||
        b.rank - a.rank ||
        b.count - a.count ||
        (a.signature < b.signature ? -1 : 1),
    );
}
