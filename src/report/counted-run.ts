import type { StatusPairCount } from "../model/difference.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { OutcomeRow, StoreReader } from "../store/store.ts";
import { excusedStatuses } from "./error-rate.ts";
import { actsOnReports, Hiding, isInForce, noRule, withoutHidden, type RuleOfField } from "./apply-rules.ts";
import { CauseReview } from "./cause-review.ts";
import { earlierLooks } from "./earlier-run.ts";
import { judgePast, type Past } from "./past-rules.ts";
import type { ReportMemory } from "./report-memory.ts";

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
  readonly outcomes: readonly OutcomeRow[];
  /** As it counts: without what rules take away. */
  readonly visible: readonly OutcomeRow[];
  readonly statuses: readonly StatusPairCount[];
  readonly visibleStatuses: readonly StatusPairCount[];
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
  const ignored = withoutHidden(outcomes, hiding);
  const source = { reader, run, candidate, memory: context.memory };
  const past = judgePast(source, ignored, inForce, review.isDenied);
  const visible = withoutHidden(ignored, past.ruleOf);
  const either: RuleOfField = (endpoint, field) => hiding(endpoint, field) ?? past.ruleOf(endpoint, field);
  const ruleOf = hiding === noRule && past.ruleOf === noRule ? noRule : either;
  return {
    outcomes,
    visible,
    statuses,
    visibleStatuses: excusedStatuses(statuses, ({ endpoint, field }) => ruleOf(endpoint, field) !== null),
    rules,
    inForce,
    ruleOf,
    past: past.reports,
    review,
  };
}
