import type { StatusPairCount } from "../model/difference.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { PerEndpoint, OutcomeRow, StoreReader } from "../store/store.ts";
import { excusedStatuses } from "./judge/error-rate.ts";
import {
  actsOnReports,
  hiddenIn,
  Hiding,
  isInForce,
  noRule,
  type Hidden,
  type RuleOfField,
} from "./rules/hide-fields.ts";
import { CauseReview } from "./causes/decide-causes.ts";
import { earlierLooks } from "./causes/earlier-looks.ts";

import { endpointKey } from "../presentation/endpoint-order.ts";
import { judgePast, type Past } from "./rules/late-rules.ts";
import type { ReportMemory } from "./report-cache.ts";

/** What a report depends on beside what was counted. */
export interface ReportContext {
  /** Unix milliseconds: rules and acceptances end. */
  readonly now: number;
  readonly memory: ReportMemory;
  /** Those that are applied; by default the run's own and behind them those of the store. */
  readonly rules?: readonly Rule[] | undefined;
}

/** What was counted of one candidate, and what rules and people make of it. */
export interface CountedRun {
  /** As it was counted. */
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** As it counts: without what rules take away. */
  readonly visible: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** What they take away, by `endpointKey`. */
  readonly hidden: ReadonlyMap<string, Hidden>;
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
  readonly visibleStatuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
  readonly rules: readonly Rule[];
  /** Those among them that are applied. */
  readonly inForce: readonly Rule[];
  /** The rule that takes a field away. */
  readonly ruleOf: RuleOfField;
  readonly past: Past["reports"];
  readonly review: CauseReview;
}

/** Reads what was counted, and applies the rules that are in force. */
export function readCounted(reader: StoreReader, run: Run, candidate: string, context: ReportContext): CountedRun {
  const rules = context.rules ?? [...run.rules, ...reader.rules()];
  const outcomes = reader.outcomes(run.id, candidate);
  const statuses = reader.statuses(run.id, candidate);
  const earlier = earlierLooks(reader, run, candidate, context);
  const review = new CauseReview(reader.relations(run.id, candidate), reader.reviews(), earlier, context.now);
  const inForce = rules.filter((rule) => isInForce(rule, context.now));
  const hiding = inForce.some(actsOnReports) ? new Hiding(inForce, review.isDenied).ruleOf : noRule;
  const source = { reader, run, candidate, memory: context.memory };
  const past = judgePast(source, withoutHidden(outcomes, hiding), inForce, review.isDenied);
  const either: RuleOfField = (endpoint, field) => hiding(endpoint, field) ?? past.ruleOf(endpoint, field);
  const ruleOf = hiding === noRule && past.ruleOf === noRule ? noRule : either;
  const hidden = outcomes.flatMap((each) => {
    const taken = hiddenIn(each, ruleOf);
    return taken === null ? [] : [[endpointKey(each), taken] as const];
  });
  return {
    outcomes,
    visible: withoutHidden(outcomes, ruleOf),
    hidden: new Map(hidden),
    statuses,
    visibleStatuses: statuses.map((each) => ({
      ...each,
      rows: excusedStatuses(each.rows, (field) => ruleOf(each.endpoint, field) !== null),
    })),
    rules,
    inForce,
    ruleOf,
    past: past.reports,
    review,
  };
}

function withoutHidden(outcomes: CountedRun["outcomes"], ruleOf: RuleOfField): CountedRun["outcomes"] {
  return outcomes.map((each) => ({ ...each, rows: hiddenIn(each, ruleOf)?.visible ?? each.rows }));
}
