import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { RelationCount } from "../../model/difference.ts";
import type { FieldVerdict } from "../../model/report.ts";
import type { Review } from "../../model/review.ts";
import { endpointKey } from "../../presentation/endpoint-order.ts";
import type { OutcomeRow } from "../../store/store.ts";
import type { FieldCounts } from "../judge/field-counts.ts";
import type { EndpointFields, RunFields } from "../judge/field-verdicts.ts";
import { rowsByEndpoint, type RunCounts } from "../read-counts.ts";
import type { IsProtected } from "../rules/find-hiding-rule.ts";
import { decideCause, indexReviews, type CauseDecision, type EndpointReviews } from "./cause-reviews.ts";
import { causeField, type AppearancesByEndpoint } from "./field-appearance.ts";
import { relationsOf } from "./field-relations.ts";
import { groupFields, type Cause, type GroupableField } from "./group-fields.ts";

/** A cause with the decision of its reviews. */
export type DecidedCause = Cause & CauseDecision;

/** The causes of each endpoint, by `endpointKey`. */
export type CausesByEndpoint = ReadonlyMap<
  string,
  { readonly endpoint: string; readonly causes: readonly DecidedCause[] }
>;

/** What is known about the fields of a run besides their counts. */
export interface CauseContext {
  /** By `endpointKey`. */
  readonly relations: ReadonlyMap<string, readonly RelationCount[]>;
  readonly reviewsOf: (endpoint: string) => EndpointReviews;
  readonly earlier: AppearancesByEndpoint;
  /** Denied fields, which no rule hides. */
  readonly isProtected: IsProtected;
}

/** @param now Unix milliseconds: acceptances expire */
export function createCauseContext(
  { relations, reviews, earlier }: Pick<RunCounts, "relations" | "reviews" | "earlier">,
  now: number,
): CauseContext {
  const byEndpoint = Map.groupBy(reviews, ({ endpoint }) => endpoint);
  const indexed = new Map<string, EndpointReviews>();
  const reviewsOf = (endpoint: string): EndpointReviews => {
    const index = indexed.get(endpoint) ?? indexReviews(byEndpoint.get(endpoint) ?? NO_REVIEWS, now);
    indexed.set(endpoint, index);
    return index;
  };
  return {
    relations: rowsByEndpoint(relations),
    reviewsOf,
    earlier,
    isProtected: (endpoint, key) => reviewsOf(endpoint).denied.has(key),
  };
}

/** Groups the visible fields of a run into causes. Noise is never in one cause with fields that count. */
export function groupRunCauses({ endpoints }: RunFields, context: CauseContext): CausesByEndpoint {
  return new Map(
    endpoints.map((each) => [
      endpointKey(each),
      { endpoint: each.endpoint, causes: groupCauses(each, each.fields, noiseClasses(each.verdicts), context) },
    ]),
  );
}

/**
 * Groups fields of one endpoint into causes and decides them.
 * @param classes only fields of the same class are grouped, by `fieldKey`
 */
export function groupCauses(
  { route, endpoint, outcomes }: Pick<EndpointFields, "route" | "endpoint" | "outcomes">,
  fields: ReadonlyMap<string, FieldCounts>,
  classes: ReadonlyMap<string, string>,
  { relations, reviewsOf, earlier }: CauseContext,
): readonly DecidedCause[] {
  if (fields.size === 0) return NO_CAUSES;
  return decidedCauses(outcomes, {
    endpoint,
    fields,
    classes,
    relations: relations.get(endpointKey({ route, endpoint })) ?? NO_RELATIONS,
    reviews: reviewsOf(endpoint),
    earlier: earlier.get(endpoint) ?? NO_LOOKS,
  });
}

const NO_REVIEWS: readonly Review[] = [];
const NO_CAUSES: readonly DecidedCause[] = [];
const NO_RELATIONS: readonly RelationCount[] = [];
const NO_LOOKS: ReadonlySet<string> = new Set();

const noiseClasses = memoizePerObject(
  (verdicts: ReadonlyMap<string, FieldVerdict>): ReadonlyMap<string, string> =>
    new Map([...verdicts].map(([key, verdict]) => [key, verdict === "noise" ? "noise" : "counting"])),
);

interface GroupingInputs {
  readonly endpoint: string;
  readonly fields: ReadonlyMap<string, FieldCounts>;
  readonly classes: ReadonlyMap<string, string>;
  readonly relations: readonly RelationCount[];
  readonly reviews: EndpointReviews;
  readonly earlier: ReadonlySet<string>;
}

const decidedCauses = memoizeLast(
  (outcomes: readonly OutcomeRow[], inputs: GroupingInputs): readonly DecidedCause[] => {
    const { endpoint, fields, classes, relations, reviews, earlier } = inputs;
    const related = relationsOf(relations, fields);
    const groupable = new Map<string, GroupableField>();
    for (const [key, field] of fields) {
      groupable.set(key, { field: causeField(key, field, related.get(key) ?? null), class: classes.get(key) ?? "" });
    }
    return groupFields(endpoint, outcomes, groupable).map((cause) => ({
      ...cause,
      ...decideCause(reviews, cause.signature, cause.fields, earlier),
    }));
  },
);

/** Applies reviews to the field verdicts: accepted causes count as noise, denied ones as real. */
export function applyReviews({ bar, endpoints }: RunFields, causes: CausesByEndpoint): RunFields {
  return {
    bar,
    endpoints: endpoints.map((each) => ({
      ...each,
      effective: effectiveVerdicts(causes.get(endpointKey(each))?.causes ?? NO_CAUSES, { verdicts: each.verdicts }),
    })),
  };
}

const effectiveVerdicts = memoizeLast(
  (causes: readonly DecidedCause[], { verdicts }: { readonly verdicts: ReadonlyMap<string, FieldVerdict> }) => {
    const decided = causes.flatMap(({ state, keys }): [string, FieldVerdict][] => {
      if (state !== "accepted" && state !== "denied") return [];
      return keys.map((key) => [key, state === "accepted" ? "noise" : "real"]);
    });
    return decided.length === 0 ? verdicts : new Map([...verdicts, ...decided]);
  },
);
