import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { FailureCount, RelationCount } from "../../model/difference.ts";
import type { CauseReport, FieldVerdict } from "../../model/report.ts";
import { ALL_ENDPOINTS, type CauseReview } from "../../model/review.ts";
import { sectionGroupOf } from "../../presentation/order/cause-order.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow } from "../../store/store.ts";
import type { FieldCounts } from "../judge/field-counts.ts";
import type { EndpointFields, RunFields } from "../judge/field-verdicts.ts";
import { rowsByEndpoint, type RunCounts } from "../read-counts.ts";
import type { IsProtected } from "../rules/find-hiding-rule.ts";
import type { CauseName } from "./cause-name.ts";
import {
  acceptedLooks,
  causeReview,
  decideCause,
  findDenial,
  indexReviews,
  type CauseDecision,
  type EndpointReviews,
} from "./cause-reviews.ts";
import { cachedAppearanceKey, causeField, type AppearancesByEndpoint } from "./field-appearance.ts";
import { failuresByRole, looksOf, NO_FAILURES } from "./field-failures.ts";
import { relationsOf } from "./field-relations.ts";
import { classesWithBaseline } from "../baseline/baseline-fields.ts";
import type { RunBaseline } from "../baseline/run-baseline.ts";
import { BASELINE, COUNTING, differingRows, groupFields, type Cause, type GroupableField } from "./group-fields.ts";
import { sharedHeaders, type EndpointHeaders } from "./shared-headers.ts";

/** A cause of one endpoint with the decision of its reviews. */
type EndpointCause = Cause & CauseDecision;

/** The same, with what the other endpoints say about it. */
export type DecidedCause = EndpointCause & Pick<CauseReport, "endpoints" | "isNewHere">;

/** The causes of each endpoint, by `endpointKey`. */
export type CausesByEndpoint = ReadonlyMap<
  string,
  { readonly endpoint: string; readonly causes: readonly DecidedCause[] }
>;

/** What is known about the fields of a run besides their counts. */
export interface CauseContext {
  /** By `endpointKey`. */
  readonly relations: ReadonlyMap<string, readonly RelationCount[]>;
  /** Why responses of candidate and secondary are missing, by `endpointKey`. */
  readonly failures: ReadonlyMap<string, readonly FailureCount[]>;
  readonly reviewsOf: (endpoint: string) => EndpointReviews;
  /** Of all endpoints. */
  readonly accepted: ReadonlyMap<string, CauseReview>;
  readonly earlier: AppearancesByEndpoint;
  /** What does not count because another run had it. */
  readonly baseline: RunBaseline | undefined;
  /** Denied fields, which no rule hides. */
  readonly isProtected: IsProtected;
}

/** @param now Unix milliseconds: acceptances expire @param baseline what does not count because another run had it */
export function createCauseContext(
  { relations, failures, reviews, earlier }: Pick<RunCounts, "relations" | "failures" | "reviews" | "earlier">,
  { now, baseline }: { readonly now: number; readonly baseline?: RunBaseline | undefined },
): CauseContext {
  const byEndpoint = new Map<string, CauseReview[]>();
  for (const review of reviews) {
    const shown = causeReview(review);
    for (const endpoint of review.endpoints) {
      const known = byEndpoint.get(endpoint);
      if (known === undefined) byEndpoint.set(endpoint, [shown]);
      else known.push(shown);
    }
  }
  const ofAll = byEndpoint.get(ALL_ENDPOINTS) ?? [];
  const indexed = new Map<string, EndpointReviews>();
  const reviewsOf = (endpoint: string): EndpointReviews => {
    const index = indexed.get(endpoint) ?? indexReviews([...ofAll, ...(byEndpoint.get(endpoint) ?? [])], now);
    indexed.set(endpoint, index);
    return index;
  };
  return {
    relations: rowsByEndpoint(relations),
    failures: rowsByEndpoint(failures),
    reviewsOf,
    accepted: acceptedLooks(reviews, now),
    earlier,
    baseline,
    isProtected: (endpoint, key) => findDenial(reviewsOf(endpoint), key) !== undefined,
  };
}

/**
 * Groups the visible fields of a run into causes. Noise is never in one cause with fields that count. Causes that look the same
 * on several endpoints are one; so are headers that come and go together, although an endpoint may lack some of them.
 */
export function groupRunCauses(run: RunFields, context: CauseContext): CausesByEndpoint {
  const endpoints = run.endpoints.map((each) => ({ ...each, classes: classesOf(each, context) }));
  const shared = sharedHeaders(
    endpoints.map(({ route, endpoint, outcomes, fields, classes }) => {
      const groupable = groupableFields(fields, { classes, ...evidenceOf({ route, endpoint }, context) });
      return { endpoint, ...countingHeaders(outcomes, { groupable }) };
    }),
  );
  const own = endpoints.map((each) => ({
    ...each,
    causes: groupEndpointCauses(each, each.fields, each.classes, context, shared),
  }));
  const spread = new Map<string, Set<string>>();
  for (const { endpoint, causes } of own) {
    for (const { signature } of causes) {
      const known = spread.get(signature);
      if (known === undefined) spread.set(signature, new Set([endpoint]));
      else known.add(endpoint);
    }
  }
  return new Map(
    own.map(({ route, endpoint, causes }) => {
      const counts = causes.map(({ signature }) => spread.get(signature)?.size ?? 1).join();
      const accepted = causes.map(({ signature }) => context.accepted.get(signature) ?? null);
      const elsewhere = accepted.some((review) => review !== null) ? JSON.stringify(accepted) : "";
      return [endpointKey({ route, endpoint }), { endpoint, causes: causesEverywhere(causes, { counts, elsewhere }) }];
    }),
  );
}

/** @param elsewhere JSON: for each cause the review that accepted its look, or null; empty without any */
const causesEverywhere = memoizeLast(
  (
    causes: readonly EndpointCause[],
    { counts, elsewhere }: { readonly counts: string; readonly elsewhere: string },
  ): readonly DecidedCause[] => {
    const endpoints = counts.split(",").map(Number);
    const accepted = elsewhere === "" ? [] : (JSON.parse(elsewhere) as readonly (CauseReview | null)[]);
    return causes.map((cause, at): DecidedCause => {
      const review = accepted[at] ?? null;
      const isNewHere = review !== null && (cause.state === "new" || cause.state === "known");
      return {
        ...cause,
        endpoints: endpoints[at] ?? 1,
        isNewHere,
        ...(isNewHere ? { state: "changed", review } : {}),
      };
    });
  },
);

/**
 * Groups fields that rules hide into causes of one endpoint and decides them.
 * @param rules only fields of the same rule are grouped, by `fieldKey`
 */
export function groupHiddenCauses(
  endpoint: Pick<EndpointFields, "route" | "endpoint" | "outcomes">,
  fields: ReadonlyMap<string, FieldCounts>,
  rules: ReadonlyMap<string, string>,
  context: CauseContext,
): readonly DecidedCause[] {
  const causes = groupEndpointCauses(endpoint, fields, rules, context);
  return causesEverywhere(causes, { counts: causes.map(() => 1).join(), elsewhere: "" });
}

/**
 * Groups fields of one endpoint into causes and decides them.
 * @param classes only fields of the same class are grouped, by `fieldKey`
 * @param shared the causes of several endpoints, by `appearanceKey`
 */
function groupEndpointCauses(
  { route, endpoint, outcomes }: Pick<EndpointFields, "route" | "endpoint" | "outcomes">,
  fields: ReadonlyMap<string, FieldCounts>,
  classes: ReadonlyMap<string, string>,
  context: CauseContext,
  shared: ReadonlyMap<string, CauseName> = NOTHING_SHARED,
): readonly EndpointCause[] {
  if (fields.size === 0) return NO_CAUSES;
  const groupable = groupableFields(fields, { classes, ...evidenceOf({ route, endpoint }, context) });
  return decidedCauses(outcomes, {
    endpoint,
    groupable,
    shared: sharedHere(groupable, shared),
    reviews: context.reviewsOf(endpoint),
    earlier: context.earlier.get(endpoint) ?? NO_LOOKS,
  });
}

/** What is known about the looks of an endpoint's fields. */
interface LookEvidence {
  readonly relations: readonly RelationCount[];
  /** Of the candidate. */
  readonly failures: readonly FailureCount[];
}

function evidenceOf(
  endpoint: Pick<EndpointFields, "route" | "endpoint">,
  { relations, failures }: Pick<CauseContext, "relations" | "failures">,
): LookEvidence {
  const key = endpointKey(endpoint);
  return {
    relations: relations.get(key) ?? NO_RELATIONS,
    failures: failuresByRole(failures.get(key) ?? NO_FAILURES).candidate,
  };
}

const NOTHING_SHARED: ReadonlyMap<string, CauseName> = new Map();
const NO_CAUSES: readonly never[] = [];
const NO_RELATIONS: readonly RelationCount[] = [];
const NO_LOOKS: ReadonlySet<string> = new Set();

const noiseClasses = memoizePerObject(
  (verdicts: ReadonlyMap<string, FieldVerdict>): ReadonlyMap<string, string> =>
    new Map([...verdicts].map(([key, verdict]) => [key, verdict === "noise" ? "noise" : COUNTING])),
);

function classesOf(each: EndpointFields, context: CauseContext): ReadonlyMap<string, string> {
  const classes = noiseClasses(each.verdicts);
  const { baseline } = context;
  if (baseline === undefined) return classes;
  return classesWithBaseline(classes, each, { baseline, ...evidenceOf(each, context) });
}

type GroupableFields = ReadonlyMap<string, GroupableField>;

/** The fields of an endpoint with their relations, by `fieldKey`. */
const groupableFields = memoizeLast(
  (
    fields: ReadonlyMap<string, FieldCounts>,
    { classes, relations, failures }: LookEvidence & { readonly classes: ReadonlyMap<string, string> },
  ): GroupableFields => {
    const related = relationsOf(relations, fields);
    return new Map(
      [...fields].map(([key, field]) => {
        const own = { field: causeField(key, field, related.get(key) ?? null), class: classes.get(key) ?? "" };
        return [key, field.kind === "transport" ? { ...own, looks: looksOf(own.field, failures) } : own];
      }),
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
function sharedHere(groupable: GroupableFields, shared: ReadonlyMap<string, CauseName>): string {
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
  (outcomes: readonly OutcomeRow[], inputs: GroupingInputs): readonly EndpointCause[] => {
    const { endpoint, groupable, reviews, earlier } = inputs;
    const fields = new Map(groupable);
    for (const [key, shared] of JSON.parse(inputs.shared) as readonly (readonly [string, CauseName])[]) {
      const field = fields.get(key);
      if (field !== undefined) fields.set(key, { ...field, shared });
    }
    return groupFields(endpoint, outcomes, fields).map((cause) => ({
      ...cause,
      ...decideCause(reviews, cause.fields, {
        earlier,
        isInBaseline: fields.get(cause.keys[0] ?? "")?.class === BASELINE,
      }),
    }));
  },
);
