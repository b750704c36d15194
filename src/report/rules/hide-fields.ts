import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { Rule } from "../../model/rule.ts";
import { isReportAction } from "../../model/rule-actions.ts";
import type { PerEndpoint, OutcomeRow } from "../../store/store.ts";
import { countFields, fieldKey, markKey } from "../judge/field-verdicts.ts";
import { memoizeLast } from "../../lib/memoize.ts";

type Field = Pick<DifferingField, "section" | "path" | "kind">;

/** Finds the rule that takes a field away. @returns its id */
export type RuleOfField = (endpoint: string, field: Field) => string | null;

/** Where no rule takes anything away, nobody needs to ask. */
export const noRule: RuleOfField = () => null;

/** Whether a rule acts on reports: on all that was ever counted, and exactly. */
export function actsOnReports({ action }: Pick<Rule, "action">): boolean {
  return isReportAction(action);
}

/** Whether a rule is applied at a moment, Unix milliseconds. */
export function isInForce({ expiresAt }: Pick<Rule, "expiresAt">, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}

/**
 * Which rule takes a field of an endpoint away, if one does: the first `ignore` that names it; else, where rules say that only
 * some places of its section count and none of them names it, the first of these.
 */
export class Hiding {
  readonly #rules: readonly Rule[];
  readonly #ofEndpoint = new Map<string, readonly Rule[]>();
  readonly #isKept: (endpoint: string, key: string) => boolean;
  readonly #found = new Map<string, string | null>();

  /**
   * @param rules in force; those that do not act on reports are passed over
   * @param isKept fields that no rule may take away; the key is that of `fieldKey`
   */
  constructor(rules: readonly Rule[], isKept: (endpoint: string, key: string) => boolean) {
    this.#rules = rules.filter(actsOnReports);
    this.#isKept = isKept;
  }

  /** @returns the rule's id */
  readonly ruleOf: RuleOfField = (endpoint, field) => {
    const rules = this.#rulesOf(endpoint);
    if (rules.length === 0) return null;
    const key = fieldKey(field);
    const name = `${endpoint}\n${key}`;
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const found = this.#isKept(endpoint, key) ? null : hidingRule(rules, field);
    this.#found.set(name, found);
    return found;
  };

  #rulesOf(endpoint: string): readonly Rule[] {
    const known = this.#ofEndpoint.get(endpoint);
    if (known !== undefined) return known;
    const rules = this.#rules.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
    this.#ofEndpoint.set(endpoint, rules);
    return rules;
  }
}

function hidingRule(rules: readonly Rule[], field: Field): string | null {
  const ignoring = rules.find((rule) => rule.action.type === "ignore" && matchesPath(rule, field));
  if (ignoring !== undefined) return ignoring.id;
  const wanted = rules.filter(({ action, section }) => action.type === "only" && section === field.section);
  return wanted.some((rule) => matchesPath(rule, field)) ? null : (wanted[0]?.id ?? null);
}

/** What rules take away from one endpoint. */
export interface Hidden {
  /** The rule that takes a field away, by `fieldKey`. */
  readonly rules: ReadonlyMap<string, string>;
  /** In how many exchanges each rule takes at least one difference from the candidate away, by the rule's id. */
  readonly hits: ReadonlyMap<string, number>;
  /**
   * The rows as they would have been counted had the hidden fields never differed. Rows stay apart that have become equal;
   * what is counted is the same.
   */
  readonly visible: readonly OutcomeRow[];
  /** The rows with the hidden fields alone. */
  readonly hidden: readonly OutcomeRow[];
}

/**
 * What rules take away from the rows of one endpoint.
 * @returns null when nothing is taken away
 */
export function hiddenIn({ endpoint, rows }: PerEndpoint<readonly OutcomeRow[]>, ruleOf: RuleOfField): Hidden | null {
  if (ruleOf === noRule) return null;
  const rules = [...countFields(rows).values()].map((field) => ruleOf(endpoint, field));
  return rules.some((rule) => rule !== null) ? hiddenBy(rows, { rules: JSON.stringify(rules) }) : null;
}

/** @param rules JSON: for each field that was counted the rule's id or null */
const hiddenBy = memoizeLast((rows: readonly OutcomeRow[], { rules }: { readonly rules: string }): Hidden => {
  const ids = JSON.parse(rules) as readonly (string | null)[];
  const ruleOf = new Map<string, string>();
  for (const [index, key] of [...countFields(rows).keys()].entries()) {
    const id = ids[index] ?? null;
    if (id !== null) ruleOf.set(key, id);
  }
  const [hits, visible, hidden] = [new Map<string, number>(), new Array<OutcomeRow>(), new Array<OutcomeRow>()];
  for (const row of rows) {
    const gone = row.fields.filter((field) => ruleOf.has(markKey(field)));
    hidden.push({ ...row, fields: gone });
    visible.push(
      gone.length === 0 ? row : { ...row, fields: row.fields.filter((field) => !ruleOf.has(markKey(field))) },
    );
    const hitting = gone.flatMap((field) => (field.mark === "noise" ? [] : (ruleOf.get(markKey(field)) ?? [])));
    for (const rule of new Set(hitting)) hits.set(rule, (hits.get(rule) ?? 0) + row.count);
  }
  return { rules: ruleOf, hits, visible, hidden };
});
