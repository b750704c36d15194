import { LRUCache } from "lru-cache";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import type { Rule } from "../../model/rule.ts";
import { compileRule, type CompiledRule } from "./compiled-rule.ts";
import { matchesEndpoint, matchesName, matchesPath } from "./rule-match.ts";
import { RuleScope } from "./rule-scope.ts";

/** The rules that hold for one endpoint at one time. */
export interface EndpointRules {
  /** Undefined when none names anything in a body. */
  readonly body: RuleScope | undefined;
  /** Those for a header or trailer field. @param name in lower case */
  readonly ofField: (section: "header" | "trailer", name: string) => readonly CompiledRule[];
  /**
   * Whether reports leave this field out, so that it explains nothing: what it would stand for must be looked at itself.
   */
  readonly leavesOut: (section: Section, path: string, kind: DifferenceKind) => boolean;
}

/** What is known of rules while one answer is held against the primary's. */
export interface RuleContext {
  readonly rules: EndpointRules;
  /** Told whenever a rule takes a difference away. */
  readonly onHit: (rule: string) => void;
}

export interface RuleBook {
  /** @param at Unix milliseconds @returns undefined when no rule holds */
  of(endpoint: string, at: number): EndpointRules | undefined;
}

interface Page {
  readonly rules: EndpointRules | undefined;
  /** Between these times no rule of the endpoint ends. */
  readonly from: number;
  readonly until: number;
}

/** Rules are compiled once for each endpoint, and again when one of them has expired. */
export function createRuleBook(all: readonly Rule[]): RuleBook {
  const pages = new LRUCache<string, Page>({ max: MAX_PAGES });
  return {
    of(endpoint, at) {
      if (all.length === 0) return undefined;
      const known = pages.get(endpoint);
      if (known !== undefined && at >= known.from && at < known.until) return known.rules;
      const page = openPage(
        all.filter((rule) => matchesEndpoint(rule.endpoint, endpoint)),
        at,
      );
      pages.set(endpoint, page);
      return page.rules;
    },
  };
}

/** As many endpoints as a run counts, by default. */
const MAX_PAGES = 2_000;

function openPage(rules: readonly Rule[], at: number): Page {
  const ends = rules.flatMap(({ expiresAt }) => expiresAt ?? []);
  const holding = rules.filter(({ expiresAt }) => expiresAt === null || at < expiresAt);
  return {
    rules: holding.length === 0 ? undefined : endpointRules(holding),
    from: Math.max(-Infinity, ...ends.filter((end) => end <= at)),
    until: Math.min(Infinity, ...ends.filter((end) => end > at)),
  };
}

function endpointRules(rules: readonly Rule[]): EndpointRules {
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
