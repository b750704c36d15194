import { LRUCache } from "lru-cache";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import { isAbout, type DeniedField } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import type { FieldKey } from "../field-difference.ts";
import { compileRule, type CompiledRule } from "./compiled-rule.ts";
import { matchesEndpoint, matchesName, matchesPath } from "./rule-match.ts";
import { RuleScope } from "./rule-scope.ts";

/** The active rules of one endpoint. */
export interface EndpointRules {
  /** The rules for bodies; undefined when there are none. */
  readonly body: RuleScope | undefined;
  /** The rules for a header or trailer field. @param path its name in lower case, or the path of a part of it */
  readonly ofField: (section: "header" | "trailer", path: string) => readonly CompiledRule[];
  /**
   * Whether reports omit this field. A difference that is omitted cannot explain others, so those must be compared too.
   */
  readonly leavesOut: (section: Section, path: string, kind: DifferenceKind) => boolean;
  /** Whether a field was denied: no rule hides it. Undefined if no field of the endpoint was. */
  readonly isDenied: ((field: FieldKey) => boolean) | undefined;
}

export interface RuleBook {
  /** @param at Unix milliseconds @returns undefined when no rule is active */
  of(endpoint: string, at: number): EndpointRules | undefined;
}

interface CachedRules {
  readonly rules: EndpointRules | undefined;
  /** No rule of the endpoint expires between these times. */
  readonly from: number;
  readonly until: number;
}

/**
 * Compiles rules once per endpoint, and again when one of them expires.
 * @param denied fields that no rule hides
 */
export function createRuleBook(all: readonly Rule[], denied: readonly DeniedField[] = []): RuleBook {
  const cache = new LRUCache<string, CachedRules>({ max: MAX_ENDPOINTS });
  return {
    of(endpoint, at) {
      if (all.length === 0) return undefined;
      const known = cache.get(endpoint);
      if (known !== undefined && at >= known.from && at < known.until) return known.rules;
      const compiled = compileFor(all, denied, endpoint, at);
      cache.set(endpoint, compiled);
      return compiled.rules;
    },
  };
}

/** The default number of endpoints per run. */
const MAX_ENDPOINTS = 2_000;

/** Compiles the active rules of one endpoint without a cache. @returns undefined when no rule is active */
export function activeRules(all: readonly Rule[], endpoint: string, at: number): EndpointRules | undefined {
  return compileFor(all, [], endpoint, at).rules;
}

function compileFor(all: readonly Rule[], denied: readonly DeniedField[], endpoint: string, at: number): CachedRules {
  const rules = all.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
  const ends = rules.flatMap(({ expiresAt }) => expiresAt ?? []);
  const active = rules.filter(({ expiresAt }) => expiresAt === null || at < expiresAt);
  return {
    rules:
      active.length === 0
        ? undefined
        : createEndpointRules(
            active,
            denied.filter((field) => isAbout(field, endpoint)),
          ),
    from: Math.max(-Infinity, ...ends.filter((end) => end <= at)),
    until: Math.min(Infinity, ...ends.filter((end) => end > at)),
  };
}

function createEndpointRules(rules: readonly Rule[], denied: readonly DeniedField[]): EndpointRules {
  const compiled = (section: Section): CompiledRule[] =>
    rules.filter((rule) => rule.section === section).flatMap((rule) => compileRule(rule) ?? []);
  const fields = { header: compiled("header"), trailer: compiled("trailer") };
  const byName = new Map<string, readonly CompiledRule[]>();
  const deniedKeys = new Set(denied.map(fieldName));
  const ignoring = rules.filter(({ action }) => action.type === "ignore");
  const only = rules.filter(({ action }) => action.type === "only");
  return {
    body: RuleScope.root(compiled("body")),
    ofField: (section, path) => {
      if (fields[section].length === 0) return [];
      const key = `${section} ${path}`;
      const known =
        byName.get(key) ?? fields[section].filter(({ paths }) => paths.some((one) => matchesName(one, path)));
      if (byName.size < MAX_NAMES) byName.set(key, known);
      return known;
    },
    leavesOut: (section, path, kind) => {
      const field = { section, path, kind };
      if (deniedKeys.has(fieldName(field))) return false;
      if (ignoring.some((rule) => matchesPath(rule, field))) return true;
      const wanted = only.filter((rule) => rule.section === section);
      return wanted.length > 0 && !wanted.some((rule) => matchesPath(rule, field));
    },
    isDenied: deniedKeys.size === 0 ? undefined : (field) => deniedKeys.has(fieldName(field)),
  };
}

function fieldName({ section, path, kind }: FieldKey): string {
  return `${section}\n${path}\n${kind}`;
}

const MAX_NAMES = 1_000;
