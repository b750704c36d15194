import type { RelationCount } from "../model/difference.ts";
import type { CauseReport, FieldReport, FieldVerdict } from "../model/report.ts";
import type { CauseField, Review } from "../model/review.ts";
import type { OutcomeRow } from "../store/store.ts";
import { causeRank, gravest } from "./cause-rank.ts";
import { causesOf, type Cause, type Groupable } from "./causes.ts";
import { lookOf } from "./earlier-run.ts";
import type { Weigh } from "./judged-endpoint.ts";
import { byPlace, endpointKey } from "./judged-run.ts";
import { fieldKey, type FieldCounts } from "./noise.ts";
import { relationsOf } from "./relations.ts";
import { Decisions, type CauseDecision } from "./review-state.ts";

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
  readonly #earlier: ReadonlySet<string>;
  readonly #now: number;
  readonly #causes = new Map<string, readonly DecidedCause[]>();

  /** @param earlier what differences looked like in the run before, by `lookOf` @param now Unix milliseconds */
  constructor(
    relations: readonly RelationCount[],
    reviews: readonly Review[],
    earlier: ReadonlySet<string>,
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
    const kindOf = (key: string): string => (verdicts.get(key) === "noise" ? "noise" : "counting");
    const causes = this.find({ route, endpoint }, outcomes, fields, kindOf);
    this.#causes.set(endpointKey({ route, endpoint }), causes);
    const decided = causes.flatMap(({ state, fields: causing }): [string, FieldVerdict][] => {
      if (state !== "accepted" && state !== "denied") return [];
      return causing.map((field) => [fieldKey(field), state === "accepted" ? "noise" : "real"]);
    });
    return decided.length === 0 ? verdicts : new Map([...verdicts, ...decided]);
  };

  /** Those that `weigh` has found. */
  causesOf(place: Place): readonly DecidedCause[] {
    return this.#causes.get(endpointKey(place)) ?? [];
  }

  /** @param kindOf the class within which a field is grouped */
  find(
    { route, endpoint }: Place,
    outcomes: readonly OutcomeRow[],
    fields: ReadonlyMap<string, FieldCounts>,
    kindOf: (key: string) => string,
  ): readonly DecidedCause[] {
    if (fields.size === 0) return [];
    const relations = relationsOf(this.#relations.get(endpointKey({ route, endpoint })) ?? [], fields);
    const groupable = new Map(
      [...fields].map(([key, { section, path, kind }]): [string, Groupable] => {
        const field: CauseField = { section, path, kind, relation: relations.get(key) ?? null };
        return [key, { field, kind: kindOf(key) }];
      }),
    );
    const decisions = this.#decisionsOf(endpoint);
    const isKnown = (look: string): boolean => this.#earlier.has(lookOf(endpoint, look));
    return causesOf(endpoint, outcomes, groupable).map((cause) => ({ ...cause, ...decisions.of(cause, isKnown) }));
  }

  #decisionsOf(endpoint: string): Decisions {
    const known = this.#decisions.get(endpoint) ?? new Decisions(this.#reviews.get(endpoint) ?? [], this.#now);
    this.#decisions.set(endpoint, known);
    return known;
  }
}

/**
 * The causes as a report shows them: what a person should look at comes first, and what rules hide comes last.
 * @param fields of the same endpoint
 */
export function causeReports(
  causes: readonly DecidedCause[],
  fields: readonly Omit<FieldReport, "cause" | "relation">[],
  compared: number,
): readonly CauseReport[] {
  const byKey = new Map(fields.map((field) => [fieldKey(field), field]));
  return causes
    .map((cause): CauseReport => {
      const own = cause.fields.flatMap((field) => byKey.get(fieldKey(field)) ?? []);
      const verdict = gravest(own.map((field) => field.verdict));
      return { ...cause, verdict, rule: own[0]?.rule ?? null, rank: causeRank(own, compared) };
    })
    .toSorted(
      (a, b) =>
        Number(a.rule !== null) - Number(b.rule !== null) ||
        b.rank - a.rank ||
        b.count - a.count ||
        (a.signature < b.signature ? -1 : 1),
    );
}
