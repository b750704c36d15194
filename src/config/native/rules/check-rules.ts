import { createHash } from "node:crypto";
import type { Rule } from "../../../model/rule.ts";
import { EVERY_ENDPOINT, presetPath, RULE_PRESETS } from "../../../presentation/rules/rule-presets.ts";
import type { Problem } from "../../config-error.ts";
import { problemAt } from "../../values/schema-issues.ts";
import type { Settings } from "../../options/settings.ts";
import type { RuleDocument } from "./config-rule-schema.ts";

/** A problem that the schema of a rule cannot find. */
export interface RuleProblem {
  readonly field: "endpoint" | "path";
  /** The index of a path in the rule's list; undefined for a rule with one path. */
  readonly index?: number | undefined;
  readonly message: string;
  readonly allowed: string;
}

/** Checks a rule. @param force accept an over-broad rule */
export type RuleCheck = (rule: Rule, force: boolean) => RuleProblem | undefined;

const ID_DIGITS = 8;

/**
 * The rules in order. The id is a hash of what the rule does, so that its counts survive changes of its position, its reason and
 * its expiry.
 */
export function resolveRules(documents: readonly RuleDocument[]): readonly Rule[] {
  const taken = new Map<string, number>();
  return documents.map(({ rule }) => {
    const { endpoint, section, path, kind, action } = rule;
    const paths = typeof path === "string" ? path : path.toSorted();
    const content = JSON.stringify([endpoint, section, paths, kind, action]);
    const id = `config-${createHash("sha256").update(content).digest("hex").slice(0, ID_DIGITS)}`;
    const copies = (taken.get(id) ?? 0) + 1;
    taken.set(id, copies);
    return { id: copies === 1 ? id : `${id}-${copies}`, ...rule };
  });
}

/** The rules of presets, each once. */
export function presetRules(names: readonly string[]): readonly Rule[] {
  return RULE_PRESETS.filter(({ name }) => names.includes(name)).map(({ name, reason }) => ({
    id: `preset-${name}`,
    source: "configuration",
    endpoint: EVERY_ENDPOINT,
    section: "header",
    path: presetPath(name),
    action: { type: "ignore" },
    owner: "preset",
    reason,
    createdBy: "",
    createdAt: null,
    expiresAt: null,
  }));
}

export function ruleProblems(
  documents: readonly RuleDocument[],
  check: RuleCheck | undefined,
  settings: Settings,
): readonly Problem[] {
  if (check === undefined) return [];
  return resolveRules(documents).flatMap((rule, index) => {
    const found = check(rule, documents[index]?.force === true);
    if (found === undefined) return [];
    const at = ["compare", "rules", index, found.field, ...(found.index === undefined ? [] : [found.index])];
    return [problemAt(settings, at, found.message, found.allowed)];
  });
}

/** Warnings about expired rules. @param now Unix milliseconds */
export function ruleWarnings(rules: readonly Rule[], now: number, settings: Settings): readonly Problem[] {
  return rules.flatMap(({ expiresAt }, index) => {
    if (expiresAt === null || now < expiresAt) return [];
    const message = `the rule expired on ${new Date(expiresAt).toISOString()}; remove it, or set a later date`;
    return [problemAt(settings, ["compare", "rules", index, "expires"], message)];
  });
}
