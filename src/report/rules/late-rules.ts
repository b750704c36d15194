import { hash } from "node:crypto";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import type * as comparing from "../../compare/recompare.ts";
import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { RuleReport } from "../../model/report.ts";
import type { Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import type { PerEndpoint, OutcomeRow, SampleSummary, StoreReader } from "../../store/store.ts";
import { actsOnReports, noRule, type RuleOfField } from "./hide-fields.ts";
import { fieldKey } from "../judge/field-verdicts.ts";
import type { ReportMemory } from "../report-cache.ts";

/** First, last, smallest and a reservoir of ten are kept of each field, and those of others that show it as well. */
const SAMPLES_PER_FIELD = 20;

const load = createRequire(import.meta.url);
/** Loaded when it is needed: everything that reads bodies takes 15 MB, and most runs have no rule that came later. */
const recompareLazily: typeof comparing.recompare = (...parameters) =>
  (load("../../compare/recompare.ts") as typeof comparing).recompare(...parameters);

type Field = Pick<DifferingField, "section" | "path" | "kind">;
type PastOfRule = NonNullable<RuleReport["past"]>;

/** What rules that act while answers are compared mean for what was counted before them. */
export interface Past {
  readonly ruleOf: RuleOfField;
  /** By the rule's id; rules that held from the beginning of the run are missing. */
  readonly reports: ReadonlyMap<string, PastOfRule>;
}

export interface PastSource {
  readonly reader: StoreReader;
  readonly run: Run;
  readonly candidate: string;
  readonly memory: ReportMemory;
}

/**
 * Judges by kept exchanges what was counted before rules were entered. A field is explained when every kept exchange that
 * shows it, compared again, differs there no more; then all of its differences are taken for explained. If a single one is
 * left the field goes on counting, as does one of which nothing is kept.
 * @param rows fields that another rule takes away left out
 * @param rules in force
 * @param isKept fields that no rule may take away; the key is that of `fieldKey`
 */
export function judgePast(
  source: PastSource,
  rows: readonly PerEndpoint<readonly OutcomeRow[]>[],
  rules: readonly Rule[],
  isKept: (endpoint: string, key: string) => boolean,
): Past {
  const late = rules.filter((rule) => !actsOnReports(rule) && isLate(rule, source.run));
  const explaining = new Map<string, string>();
  const seen = new Map(late.map(({ id }) => [id, { samples: new Set<string>(), left: new Set<string>() }]));
  const judge = new SampleJudge(source, rules);
  for (const [endpoint, fields] of late.length === 0 ? [] : fieldsByEndpoint(rows)) {
    const here = late.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
    for (const [key, field] of here.length === 0 ? [] : fields) {
      const naming = here.filter((rule) => matchesPath(rule, field));
      if (naming.length === 0) continue;
      const samples = judge.samplesOf(endpoint, field);
      for (const rule of naming) {
        for (const sample of samples.filter(({ at }) => at < heldSince(rule, source.run))) {
          const left = judge.leftOf(sample, []);
          if (left === undefined) continue;
          seen.get(rule.id)?.samples.add(sample.id);
          if (left.has(key)) seen.get(rule.id)?.left.add(sample.id);
        }
      }
      const rule = samples.length === 0 || isKept(endpoint, key) ? undefined : judge.explaining(samples, key, naming);
      if (rule !== undefined) explaining.set(`${endpoint}\n${key}`, rule.id);
    }
  }
  return {
    ruleOf:
      explaining.size === 0 ? noRule : (endpoint, field) => explaining.get(`${endpoint}\n${fieldKey(field)}`) ?? null,
    reports: new Map(
      [...seen].map(([id, { samples, left }]) => [id, { samples: samples.size, explained: samples.size - left.size }]),
    ),
  };
}

/** Whether something may have been counted in a run before a rule held. */
export function isLate(rule: Rule, run: Run): boolean {
  return heldSince(rule, run) > run.startedAt;
}

/** Unix milliseconds. A rule of another run's configuration has never held in this one. */
function heldSince(rule: Rule, run: Run): number {
  if (rule.createdAt !== null) return rule.createdAt;
  return run.rules.some((own) => isDeepStrictEqual(own, rule)) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Those in which the candidate differs. */
function fieldsByEndpoint(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
): ReadonlyMap<string, ReadonlyMap<string, Field>> {
  const endpoints = new Map<string, Map<string, Field>>();
  for (const { endpoint, fields } of outcomes.flatMap(({ rows }) => rows)) {
    for (const field of fields) {
      if (field.mark === "noise") continue;
      const known = endpoints.get(endpoint) ?? new Map<string, Field>();
      endpoints.set(endpoint, known.set(fieldKey(field), field));
    }
  }
  return endpoints;
}

/** Compares kept exchanges again, each once for each set of rules. */
class SampleJudge {
  readonly #source: PastSource;
  readonly #rules: readonly Rule[];
  readonly #names = new Map<string, string>();
  #fresh = 0;

  constructor(source: PastSource, rules: readonly Rule[]) {
    this.#source = source;
    this.#rules = rules;
  }

  /** Exchanges that show a field, newest first. */
  samplesOf(endpoint: string, field: Field): readonly SampleSummary[] {
    const { reader, run, candidate } = this.#source;
    const key = fieldKey(field);
    return reader
      .samples(run.id, candidate, { endpoint, section: field.section, path: field.path, limit: SAMPLES_PER_FIELD })
      .filter(({ fields }) => fields.some((mark) => mark.mark !== "noise" && fieldKey(mark) === key));
  }

  /** The rule by which a field is gone from all of the samples: the first that does it, together with those before it. */
  explaining(samples: readonly SampleSummary[], key: string, naming: readonly Rule[]): Rule | undefined {
    return naming.find((_, index) => {
      const without = naming.slice(index + 1).map(({ id }) => id);
      return samples.every((sample) => this.leftOf(sample, without)?.has(key) === false);
    });
  }

  /**
   * The fields in which candidate and primary differ still, by `fieldKey`.
   * @param without rules that are left out, by id
   * @returns undefined when no more may be compared in this report
   */
  leftOf(sample: SampleSummary, without: readonly string[]): ReadonlySet<string> | undefined {
    const { reader, run, candidate, memory } = this.#source;
    const name = `${run.id}\n${candidate}\n${sample.id}\n${this.#nameWithout(without)}`;
    const known = memory.sample(name);
    if (known !== undefined) return known;
    if (this.#fresh >= memory.maxFresh) return undefined;
    this.#fresh += 1;
    const whole = reader.sample(run.id, sample.id, candidate);
    const rules = this.#rules.filter(({ id }) => !without.includes(id));
    const marks = whole === undefined ? sample.fields : recompareLazily(whole, rules);
    const left = new Set(marks.filter(({ mark }) => mark !== "noise").map(fieldKey));
    memory.keepSample(name, left);
    return left;
  }

  #nameWithout(without: readonly string[]): string {
    const name = without.join();
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const rules = this.#rules.filter(({ id }) => !without.includes(id));
    const made = hash("sha256", JSON.stringify(rules), "base64url");
    this.#names.set(name, made);
    return made;
  }
}
