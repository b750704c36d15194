import { hash } from "node:crypto";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type * as comparing from "../../compare/recompare.ts";
import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { RuleReport } from "../../model/report.ts";
import type { Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import type { OutcomeRow, PerEndpoint, SampleSummary } from "../../store/store.ts";
import type { HistoryCache } from "../history-cache.ts";
import { fieldKey, type FieldId } from "../judge/field-counts.ts";
import type { CandidateSource } from "../read-counts.ts";
import { actsOnReports, noHidingRule, type FindHidingRule, type IsProtected } from "./find-hiding-rule.ts";

/** A store keeps the first, last and smallest exchange of each field and a reservoir of ten, and those of other fields. */
const SAMPLES_PER_FIELD = 20;

const load = createRequire(import.meta.url);
/** Loaded on demand: the body parsers take 15 MB, and most runs have no late rule. */
const recompareLazily: typeof comparing.recompare = (...parameters) =>
  (load(`../../compare/recompare${extname(import.meta.filename)}`) as typeof comparing).recompare(...parameters);

/** How many kept exchanges were compared again, and how many of them a rule explains. */
export type LateRuleReport = NonNullable<RuleReport["past"]>;

/** What rules that act during comparison mean for exchanges that were compared before them. */
export interface LateRules {
  readonly findRule: FindHidingRule;
  /** By the rule's id; rules that were in force from the start of the run are missing. */
  readonly reports: ReadonlyMap<string, LateRuleReport>;
}

/** Where kept exchanges come from, and the cache of their comparisons. */
type SampleSource = CandidateSource & { readonly cache: HistoryCache };

const NO_LATE_RULES: LateRules = { findRule: noHidingRule, reports: new Map() };

/**
 * Applies rules to exchanges that were compared before the rule existed, by comparing kept exchanges again. A field is
 * explained if no kept exchange with a difference in it still differs there; then all its differences count as explained. If
 * one still differs, or no exchange was kept, the field continues to count.
 * @param outcomes the rows without the fields that other rules hide
 * @param rules in force
 * @param isProtected fields that no rule hides
 */
export async function judgeLateRules(
  source: SampleSource,
  outcomes: () => readonly PerEndpoint<readonly OutcomeRow[]>[],
  rules: readonly Rule[],
  isProtected: IsProtected,
): Promise<LateRules> {
  const late = rules.filter((rule) => !actsOnReports(rule) && isLate(rule, source.run));
  if (late.length === 0) return NO_LATE_RULES;
  const explainedBy = new Map<string, string>();
  const compared = new Map(late.map(({ id }) => [id, { all: new Set<string>(), differing: new Set<string>() }]));
  const differingFields = createRecomparer(source, rules);
  for (const [endpoint, fields] of fieldsByEndpoint(outcomes())) {
    const here = late.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
    for (const [key, field] of here.length === 0 ? [] : fields) {
      const matching = here.filter((rule) => matchesPath(rule, field));
      if (matching.length === 0) continue;
      const samples = await samplesOf(source, endpoint, field);
      for (const rule of matching) {
        for (const sample of samples.filter(({ at }) => at < inForceSince(rule, source.run))) {
          const differing = await differingFields(sample, []);
          if (differing === undefined) continue;
          compared.get(rule.id)?.all.add(sample.id);
          if (differing.has(key)) compared.get(rule.id)?.differing.add(sample.id);
        }
      }
      if (samples.length === 0 || isProtected(endpoint, key)) continue;
      const rule = await firstExplaining(matching, samples, async (sample, without) => {
        const differing = await differingFields(sample, without);
        return differing?.has(key) === false;
      });
      if (rule !== undefined) explainedBy.set(`${endpoint}\n${key}`, rule.id);
    }
  }
  return {
    findRule:
      explainedBy.size === 0
        ? noHidingRule
        : (endpoint, field) => explainedBy.get(`${endpoint}\n${fieldKey(field)}`) ?? null,
    reports: new Map(
      [...compared].map(([id, { all, differing }]) => [
        id,
        { samples: all.size, explained: all.size - differing.size },
      ]),
    ),
  };
}

/**
 * The first rule that, together with those before it, explains all samples.
 * @param explains whether a sample no longer differs without some rules, given by their ids
 */
async function firstExplaining(
  rules: readonly Rule[],
  samples: readonly SampleSummary[],
  explains: (sample: SampleSummary, without: readonly string[]) => Promise<boolean>,
): Promise<Rule | undefined> {
  for (const [index, rule] of rules.entries()) {
    const without = rules.slice(index + 1).map(({ id }) => id);
    let isExplained = true;
    for (const sample of samples) {
      isExplained = await explains(sample, without);
      if (!isExplained) break;
    }
    if (isExplained) return rule;
  }
  return undefined;
}

/** Whether exchanges of a run may have been compared before the rule was in force. */
export function isLate(rule: Rule, run: Run): boolean {
  return inForceSince(rule, run) > run.startedAt;
}

/** Unix milliseconds. A rule from the configuration of another run was never in force in this one. */
function inForceSince(rule: Rule, run: Run): number {
  if (rule.createdAt !== null) return rule.createdAt;
  return run.rules.some((own) => isDeepStrictEqual(own, rule)) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The fields in which the candidate differs, by endpoint and `fieldKey`. */
function fieldsByEndpoint(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
): ReadonlyMap<string, ReadonlyMap<string, FieldId>> {
  const endpoints = new Map<string, Map<string, FieldId>>();
  for (const { endpoint, fields } of outcomes.flatMap(({ rows }) => rows)) {
    for (const field of fields) {
      if (field.mark === "noise") continue;
      const known = endpoints.get(endpoint) ?? new Map<string, FieldId>();
      endpoints.set(endpoint, known.set(fieldKey(field), field));
    }
  }
  return endpoints;
}

/** Kept exchanges in which the candidate differs in a field, newest first. */
async function samplesOf(
  { reader, run, candidate }: CandidateSource,
  endpoint: string,
  field: FieldId,
): Promise<readonly SampleSummary[]> {
  const key = fieldKey(field);
  const { section, path } = field;
  const samples = await reader.samples(run.id, candidate, { endpoint, section, path, limit: SAMPLES_PER_FIELD });
  return samples.filter(({ fields }) => fields.some((each) => each.mark !== "noise" && fieldKey(each) === key));
}

/**
 * Compares a kept exchange under all rules but those in `without` (ids), once for each set of rules.
 * @returns the fields in which the candidate still differs, by `fieldKey`; undefined if this report may compare no more
 */
type Recompare = (sample: SampleSummary, without: readonly string[]) => Promise<ReadonlySet<string> | undefined>;

function createRecomparer({ reader, run, candidate, cache }: SampleSource, rules: readonly Rule[]): Recompare {
  const comparing = rules.filter((rule) => !actsOnReports(rule));
  const sets = new Map<string, { readonly active: readonly Rule[]; readonly digest: string }>();
  let comparedAgain = 0;
  const rulesFor = (endpoint: string, without: readonly string[]): { active: readonly Rule[]; digest: string } => {
    const name = `${endpoint}\n${without.join()}`;
    const known = sets.get(name);
    if (known !== undefined) return known;
    const active = comparing.filter(({ id, endpoint: own }) => !without.includes(id) && matchesEndpoint(own, endpoint));
    const set = { active, digest: hash("sha256", JSON.stringify(active.map(effectOf)), "base64url") };
    sets.set(name, set);
    return set;
  };
  return async (sample, without) => {
    const { active, digest } = rulesFor(sample.endpoint, without);
    const name = `${run.id}\n${candidate}\n${sample.id}\n${digest}`;
    const known = cache.sample(name);
    if (known !== undefined) return known;
    if (comparedAgain >= cache.maxComparedAgain) return undefined;
    comparedAgain += 1;
    const exchange = await reader.sample(run.id, sample.id, candidate);
    const fields = exchange === undefined ? sample.fields : recompareLazily(exchange, active);
    const differing = new Set(fields.filter(({ mark }) => mark !== "noise").map(fieldKey));
    cache.keepSample(name, differing);
    return differing;
  };
}

/** What decides the result of a comparison: a preview's has the same effect as the rule that is added after it. */
function effectOf({ section, path, kind, action, expiresAt }: Rule): Partial<Rule> {
  return { section, path, kind, action, expiresAt };
}
