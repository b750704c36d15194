import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { RelationCount } from "../../model/difference.ts";
import type { FieldVerdict } from "../../model/report.ts";
import { ALL_ENDPOINTS } from "../../model/review.ts";
import { sectionGroupOf } from "../../presentation/order/cause-order.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow } from "../../store/store.ts";
import type { FieldCounts } from "../judge/field-counts.ts";
import type { EndpointFields, RunFields } from "../judge/field-verdicts.ts";
import { rowsByEndpoint, type RunCounts } from "../read-counts.ts";
import type { IsProtected } from "../rules/find-hiding-rule.ts";
import { decideCause, findDenial, indexReviews, type CauseDecision, type EndpointReviews } from "./cause-reviews.ts";
import { cachedAppearanceKey, causeField, type AppearancesByEndpoint } from "./field-appearance.ts";
import { relationsOf } from "./field-relations.ts";
import { differingRows, groupFields, type Cause, type GroupableField } from "./group-fields.ts";
import { sharedHeaders, type EndpointHeaders, type SharedCause } from "./shared-headers.ts";

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
  const ofAll = byEndpoint.get(ALL_ENDPOINTS) ?? [];
  const indexed = new Map<string, EndpointReviews>();
  const reviewsOf = (endpoint: string): EndpointReviews => {
    const index = indexed.get(endpoint) ?? indexReviews([...ofAll, ...(byEndpoint.get(endpoint) ?? [])], now);
    indexed.set(endpoint, index);
    return index;
  };
  return {
    relations: rowsByEndpoint(relations),
    reviewsOf,
    earlier,
    isProtected: (endpoint, key) => findDenial(reviewsOf(endpoint), key) !== undefined,
  };
}

/**
 * Groups the visible fields of a run into causes. Noise is never in one cause with fields that count. Headers that come and go
 * together over several endpoints are one cause there.
 */
export function groupRunCauses({ endpoints }: RunFields, context: CauseContext): CausesByEndpoint {
  const shared = sharedHeaders(
    endpoints.map(({ route, endpoint, outcomes, fields, verdicts }) => {
      const relations = context.relations.get(endpointKey({ route, endpoint })) ?? NO_RELATIONS;
      const groupable = groupableFields(fields, { classes: noiseClasses(verdicts), relations });
      return { endpoint, ...countingHeaders(outcomes, { groupable }) };
    }),
  );
  return new Map(
    endpoints.map((each) => [
      endpointKey(each),
      { endpoint: each.endpoint, causes: groupCauses(each, each.fields, noiseClasses(each.verdicts), context, shared) },
    ]),
  );
}

/**
 * Groups fields of one endpoint into causes and decides them.
 * @param classes only fields of the same class are grouped, by `fieldKey`
 * @param shared the causes of several endpoints, by `appearanceKey`
 */
export function groupCauses(
  { route, endpoint, outcomes }: Pick<EndpointFields, "route" | "endpoint" | "outcomes">,
  fields: ReadonlyMap<string, FieldCounts>,
  classes: ReadonlyMap<string, string>,
  { relations, reviewsOf, earlier }: CauseContext,
  shared: ReadonlyMap<string, SharedCause> = NOTHING_SHARED,
): readonly DecidedCause[] {
  if (fields.size === 0) return NO_CAUSES;
  const own = { classes, relations: relations.get(endpointKey({ route, endpoint })) ?? NO_RELATIONS };
  const groupable = groupableFields(fields, own);
  return decidedCauses(outcomes, {
    endpoint,
    groupable,
    shared: sharedHere(groupable, shared),
    reviews: reviewsOf(endpoint),
    earlier: earlier.get(endpoint) ?? NO_LOOKS,
  });
}

const COUNTING = "counting";
const NOTHING_SHARED: ReadonlyMap<string, SharedCause> = new Map();
const NO_CAUSES: readonly DecidedCause[] = [];
const NO_RELATIONS: readonly RelationCount[] = [];
const NO_LOOKS: ReadonlySet<string> = new Set();

const noiseClasses = memoizePerObject(
  (verdicts: ReadonlyMap<string, FieldVerdict>): ReadonlyMap<string, string> =>
    new Map([...verdicts].map(([key, verdict]) => [key, verdict === "noise" ? "noise" : COUNTING])),
);

type GroupableFields = ReadonlyMap<string, GroupableField>;

/** The fields of an endpoint with their relations, by `fieldKey`. */
const groupableFields = memoizeLast(
  (
    fields: ReadonlyMap<string, FieldCounts>,
    { classes, relations }: { classes: ReadonlyMap<string, string>; relations: readonly RelationCount[] },
  ): GroupableFields => {
    const related = relationsOf(relations, fields);
    return new Map(
      [...fields].map(([key, field]) => [
        key,
        { field: causeField(key, field, related.get(key) ?? null), class: classes.get(key) ?? "" },
      ]),
    );
  },
);

/** The header fields of an endpoint that count. */
const countingHeaders = memoizeLast(
  (
    outcomes: readonly OutcomeRow[],
    { groupable }: { readonly groupable: GroupableFields },
  ): Omit<EndpointHeaders, "endpoint"> => {
    const headers = new Map(
      [...groupable].filter(([, { field, class: own }]) => own === COUNTING && sectionGroupOf(field) === "headers"),
    );
    const rows = headers.size === 0 ? new Map<string, readonly number[]>() : differingRows(outcomes, headers);
    return {
      weights: outcomes.map(({ count }) => count),
      fields: [...headers].flatMap(([key, { field }]) => ({ field, rows: rows.get(key) ?? [] })),
    };
  },
);

/** The shared causes of an endpoint's fields, as JSON, so that equal ones are recognized: pairs of `fieldKey` and cause. */
function sharedHere(groupable: GroupableFields, shared: ReadonlyMap<string, SharedCause>): string {
  if (shared.size === 0) return "[]";
  const here = [...groupable].flatMap(([key, { field, class: own }]) => {
    const cause = own === COUNTING ? shared.get(cachedAppearanceKey(field)) : undefined;
    return cause === undefined ? [] : [[key, cause]];
  });
  return JSON.stringify(here);
}

interface GroupingInputs {
  readonly endpoint: string;
  readonly groupable: GroupableFields;
  /** The result of `sharedHere`. */
  readonly shared: string;
  readonly reviews: EndpointReviews;
  readonly earlier: ReadonlySet<string>;
}

const decidedCauses = memoizeLast(
  (outcomes: readonly OutcomeRow[], inputs: GroupingInputs): readonly DecidedCause[] => {
    const { endpoint, groupable, reviews, earlier } = inputs;
    const fields = new Map(groupable);
    for (const [key, shared] of JSON.parse(inputs.shared) as readonly (readonly [string, SharedCause])[]) {
      const field = fields.get(key);
      if (field !== undefined) fields.set(key, { ...field, shared });
    }
    return groupFields(endpoint, outcomes, fields).map((cause) => ({
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
