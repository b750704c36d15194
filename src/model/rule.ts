import type { DifferenceKind, Section } from "./difference.ts";
import type { RuleAction } from "./rule-actions.ts";

/** How to treat differences of some fields of some endpoints. */
export interface Rule {
  /** In the configuration, `config-` and a hash of what the rule does. */
  readonly id: string;
  readonly source: "configuration" | "dashboard";
  /** An endpoint (`GET /users/{id}`) or a pattern: `*` matches any method or within one segment, `**` the rest of the path. */
  readonly endpoint: string;
  readonly section: Section;
  /**
   * In a body, a shape path with wildcards: `$.items[*].price`, `$.*.at` (one member of any name), `$..at` (at any depth). For a
   * header or trailer, its name, where `*` matches any characters. For status and transport, `$`. A list if there are several:
   * the rule treats them alike, as one decision. `rulePaths` reads both forms.
   */
  readonly path: string | readonly string[];
  /** Limits a report action to differences of this kind. */
  readonly kind?: DifferenceKind | undefined;
  readonly action: RuleAction;
  readonly owner: string;
  readonly reason: string;
  /** The user who added the rule; empty for the configuration. */
  readonly createdBy: string;
  /** Unix milliseconds; null for configured rules. */
  readonly createdAt: number | null;
  /** Unix milliseconds from which the rule no longer applies; null if it never expires. */
  readonly expiresAt: number | null;
}

/** The paths of a rule. */
export function rulePaths({ path }: Pick<Rule, "path">): readonly string[] {
  return typeof path === "string" ? [path] : path;
}

/** The path of a rule for these paths, each once: text if there is one. */
export function rulePath(paths: readonly string[]): Rule["path"] {
  const [first = "", ...others] = new Set(paths);
  return others.length === 0 ? first : [first, ...others];
}

/** In how many exchanges a rule removed a difference while responses were compared. */
export interface RuleHitCount {
  readonly rule: string;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly count: number;
}

/** A preset of rules that would hide unreviewed causes. */
export interface PresetSuggestion {
  readonly preset: string;
  readonly reason: string;
  /** Causes that it hides. A cause of several endpoints counts once. */
  readonly causes: number;
  /** Causes of which it hides some fields. */
  readonly partly: number;
  /** Paths of the header fields that it hides. */
  readonly headers: readonly string[];
}
