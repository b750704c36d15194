import { LRUCache } from "lru-cache";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import type { Rule } from "../../model/rule.ts";
import { compileRule, type CompiledRule } from "./compiled-rule.ts";
import { matchesEndpoint, matchesName, matchesPath } from "./rule-match.ts";
import { RuleScope } from "./rule-scope.ts";

/** The active rules of one endpoint. */
export interface EndpointRules {
  /** The rules for bodies; undefined when there are none. */
  readonly body: RuleScope | undefined;
  /** The rules for a header or trailer field. @param name in lower case */
  readonly ofField: (section: "header" | "trailer", name: string) => readonly CompiledRule[];
  /**
   * Whether reports omit this field. A difference that is omitted cannot explain others, so those must be compared too.
   */
  readonly leavesOut: (section: Section, path: string, kind: DifferenceKind) => boolean;
}

/** The rules during the comparison of two responses. */
export interface RuleContext {
  readonly rules: EndpointRules;
  /** Called when a rule removes a difference. */
  readonly onHit: (rule: string) => void;
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

/** Compiles rules once per endpoint, and again when one of them expires. */
export function createRuleBook(all: readonly Rule[]): RuleBook {
  const cache = new LRUCache<string, CachedRules>({ max: MAX_ENDPOINTS });
  return {
    of(endpoint, at) {
      if (all.length === 0) return undefined;
      const known = cache.get(endpoint);
      if (known !== undefined && at >= known.from && at < known.until) return known.rules;
      const compiled = compileFor(all, endpoint, at);
      cache.set(endpoint, compiled);
      return compiled.rules;
    },
  };
}

/** The default number of endpoints per run. */
const MAX_ENDPOINTS = 2_000;

/** Compiles the active rules of one endpoint without a cache. @returns undefined when no rule is active */
export function activeRules(all: readonly Rule[], endpoint: string, at: number): EndpointRules | undefined {
  return compileFor(all, endpoint, at).rules;
}

function compileFor(all: readonly Rule[], endpoint: string, at: number): CachedRules {
  const rules = all.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
  const ends = rules.flatMap(({ expiresAt }) => expiresAt ?? []);
  const active = rules.filter(({ expiresAt }) => expiresAt === null || at < expiresAt);
  return {
    rules: active.length === 0 ? undefined : createEndpointRules(active),
    from: Math.max(-Infinity, ...ends.filter((end) => end <= at)),
    until: Math.min(Infinity, ...ends.filter((end) => end > at)),
  };
}

function createEndpointRules(rules: readonly Rule[]): EndpointRules {
  const compiled = (section: Section): CompiledRule[] =>
    rules.filter((rule) => rule.section === section).flatMap((rule) => compileRule(rule) ?? []);
  const fields = { header: compiled("header"), trailer: compiled("trailer") };
  const byName = new Map<string, readonly CompiledRule[]>();
  const ignoring = rules.filter(({ action }) => action.type === "ignore");
  const only = rules.filter(({ action }) => action.type === "only");
  return {
    body: RuleScope.root(compiled("body")),
    ofField: (section, name) => {
      if (fields[section].length === 0) return [];
      const key = `${section} ${name}`;
      const known = byName.get(key) ?? fields[section].filter(({ path }) => matchesName(path, name));
      if (byName.size < MAX_NAMES) byName.set(key, known);
      return known;
    },
    leavesOut: (section, path, kind) => {
      const field = { section, path, kind };
      if (ignoring.some((rule) => matchesPath(rule, field))) return true;
      const wanted = only.filter((rule) => rule.section === section);
      return wanted.length > 0 && !wanted.some((rule) => matchesPath(rule, field));
    },
  };
}

const MAX_NAMES = 1_000;
