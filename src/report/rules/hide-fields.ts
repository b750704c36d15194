import { memoizeLast } from "../../lib/memoize.ts";
import type { StatusPairCount } from "../../model/difference.ts";
import type { Rule } from "../../model/rule.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../store/store.ts";
import { excuseStatuses } from "../judge/error-rate.ts";
import { cachedFieldKey, countFields } from "../judge/field-counts.ts";
import type { CandidateSource, ReportContext, RunCounts } from "../read-counts.ts";
import {
  createRuleFinder,
  isInForce,
  noHidingRule,
  type FindHidingRule,
  type IsProtected,
} from "./find-hiding-rule.ts";
import { judgeLateRules, type LateRuleReport, type LateRules } from "./rules-added-later.ts";

/** What rules hide of one endpoint. */
export interface HiddenFields {
  /** The rule that hides a field, by `fieldKey`. */
  readonly rules: ReadonlyMap<string, string>;
  /** In how many exchanges each rule hides at least one difference of the candidate, by the rule's id. */
  readonly hits: ReadonlyMap<string, number>;
  /** The rows as they would have been counted if the hidden fields never differed. Rows that became equal are not merged. */
  readonly visible: readonly OutcomeRow[];
  /** The rows with the hidden fields only. */
  readonly hidden: readonly OutcomeRow[];
}

/** The counts of a run after rules have hidden fields. */
export interface VisibleCounts {
  /** The rows without hidden fields. */
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** The status pairs; a hidden status counts as equal to the primary's. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
  /** The counts by time, without hidden fields and statuses. */
  readonly blocks: readonly PerEndpoint<readonly TimeBlock[]>[];
  /** What rules hide, by `endpointKey`. */
  readonly hidden: ReadonlyMap<string, HiddenFields>;
  readonly findRule: FindHidingRule;
  readonly rulesInForce: readonly Rule[];
  /** What rules that were added after the comparison explain, by the rule's id. */
  readonly lateRules: ReadonlyMap<string, LateRuleReport>;
}

/** Reads what rules that were added after the comparison hide. @param isProtected fields that no rule hides */
export function readLateRules(
  counts: Pick<RunCounts, "outcomes" | "rules">,
  isProtected: IsProtected,
  source: CandidateSource,
  { now, cache }: Pick<ReportContext, "now" | "cache">,
): Promise<LateRules> {
  const rulesInForce = counts.rules.filter((rule) => isInForce(rule, now));
  return judgeLateRules(
    { ...source, cache },
    () => visibleRows(counts.outcomes, createRuleFinder(rulesInForce, isProtected)),
    rulesInForce,
    isProtected,
  );
}

/**
 * Hides the fields that the rules in force take out of the report.
 * @param isProtected fields that no rule hides
 * @param late of the same counts, see `readLateRules`
 */
export function hideFields(
  counts: Pick<RunCounts, "outcomes" | "statuses" | "blocks" | "rules">,
  isProtected: IsProtected,
  late: LateRules,
  now: number,
): VisibleCounts {
  const rulesInForce = counts.rules.filter((rule) => isInForce(rule, now));
  const findActing = createRuleFinder(rulesInForce, isProtected);
  const findEither: FindHidingRule = (endpoint, field) => findActing(endpoint, field) ?? late.findRule(endpoint, field);
  const findRule = findActing === noHidingRule && late.findRule === noHidingRule ? noHidingRule : findEither;
  const hidden = new Map(
    counts.outcomes.flatMap((each) => {
      const own = hiddenFieldsOf(each, findRule);
      return own === null ? [] : [[endpointKey(each), own] as const];
    }),
  );
  return {
    outcomes: visibleRows(counts.outcomes, findRule),
    statuses: counts.statuses.map((each) => ({
      ...each,
      rows: excuseStatuses(each.rows, (field) => findRule(each.endpoint, field) !== null),
    })),
    blocks: counts.blocks.map((each) => ({
      ...each,
      rows: visibleBlocks(each, hidden.get(endpointKey(each))?.rules ?? NO_RULES, findRule),
    })),
    hidden,
    findRule,
    rulesInForce,
    lateRules: late.reports,
  };
}

function visibleRows(outcomes: RunCounts["outcomes"], findRule: FindHidingRule): RunCounts["outcomes"] {
  return outcomes.map((each) => ({ ...each, rows: hiddenFieldsOf(each, findRule)?.visible ?? each.rows }));
}

const NO_RULES: HiddenFields["rules"] = new Map();

/** @returns the same lists and blocks until their counts or the rules change */
function visibleBlocks(
  { endpoint, rows: blocks }: PerEndpoint<readonly TimeBlock[]>,
  rules: HiddenFields["rules"],
  findRule: FindHidingRule,
): readonly TimeBlock[] {
  if (findRule === noHidingRule) return blocks;
  const visible = blocks.map((block) => {
    const outcomes = rules.size === 0 ? block.outcomes : visibleInBlock(block.outcomes, { rules });
    const statuses = excuseStatuses(block.statuses, (field) => findRule(endpoint, field) !== null);
    return outcomes === block.outcomes && statuses === block.statuses
      ? block
      : blockWith(block, { outcomes, statuses });
  });
  const last = lastVisible.get(blocks);
  if (last !== undefined && last.every((block, at) => block === visible[at])) return last;
  lastVisible.set(blocks, visible);
  return visible;
}

const lastVisible = new WeakMap<readonly TimeBlock[], readonly TimeBlock[]>();

const blockWith = memoizeLast((block: TimeBlock, counts: Pick<TimeBlock, "outcomes" | "statuses">): TimeBlock => ({
  ...block,
  ...counts,
}));

const visibleInBlock = memoizeLast(
  (rows: readonly OutcomeRow[], { rules }: Pick<HiddenFields, "rules">): readonly OutcomeRow[] =>
    rows.map((row) => ({ ...row, fields: visibleFields(row.fields, { rules }) })),
);

/** The blocks share the lists of fields with the rows of the run. */
const visibleFields = memoizeLast((fields: OutcomeRow["fields"], { rules }: Pick<HiddenFields, "rules">) =>
  fields.some((field) => rules.has(cachedFieldKey(field)))
    ? fields.filter((field) => !rules.has(cachedFieldKey(field)))
    : fields,
);

/** @returns null if nothing is hidden */
function hiddenFieldsOf(
  { endpoint, rows }: PerEndpoint<readonly OutcomeRow[]>,
  findRule: FindHidingRule,
): HiddenFields | null {
  if (findRule === noHidingRule) return null;
  const rules = [...countFields(rows).values()].map((field) => findRule(endpoint, field));
  return rules.some((rule) => rule !== null) ? hideInRows(rows, { rules: JSON.stringify(rules) }) : null;
}

/** @param rules JSON: the rule's id or null for each counted field, in order */
const hideInRows = memoizeLast((rows: readonly OutcomeRow[], { rules }: { readonly rules: string }): HiddenFields => {
  const ids = JSON.parse(rules) as readonly (string | null)[];
  const ruleByField = new Map<string, string>();
  for (const [index, key] of [...countFields(rows).keys()].entries()) {
    const id = ids[index] ?? null;
    if (id !== null) ruleByField.set(key, id);
  }
  const [hits, visible, hidden] = [new Map<string, number>(), new Array<OutcomeRow>(), new Array<OutcomeRow>()];
  for (const row of rows) {
    const gone = row.fields.filter((field) => ruleByField.has(cachedFieldKey(field)));
    hidden.push({ ...row, fields: gone });
    visible.push(
      gone.length === 0
        ? row
        : { ...row, fields: row.fields.filter((field) => !ruleByField.has(cachedFieldKey(field))) },
    );
    const hitting = gone.flatMap((field) =>
      field.mark === "noise" ? [] : (ruleByField.get(cachedFieldKey(field)) ?? []),
    );
    for (const rule of new Set(hitting)) hits.set(rule, (hits.get(rule) ?? 0) + row.count);
  }
  return { rules: ruleByField, hits, visible, hidden };
});

/** In how many exchanges each rule hides a difference, by the rule's id. */
export function hitsByRule({ hidden }: Pick<VisibleCounts, "hidden">): ReadonlyMap<string, number> {
  const hits = new Map<string, number>();
  for (const [rule, count] of hidden.values().flatMap((own) => own.hits)) hits.set(rule, (hits.get(rule) ?? 0) + count);
  return hits;
}
