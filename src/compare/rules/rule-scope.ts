import type { CompiledRule } from "./compiled-rule.ts";
import { bodyPattern } from "./rule-match.ts";
import { AT_ROOT, advance, hasMatched, stepsOf, type PathPattern, type MatchProgress } from "./path-pattern.ts";

interface ActivePattern {
  readonly rule: CompiledRule;
  readonly pattern: PathPattern;
  readonly progress: MatchProgress;
}

/** The body rules at one field path: those that apply here, and those that can apply below. */
export class RuleScope {
  /** The rules that apply here, in their order. */
  readonly active: readonly CompiledRule[];
  readonly #patterns: readonly ActivePattern[];
  readonly #children = new Map<string, RuleScope | undefined>();

  private constructor(patterns: readonly ActivePattern[]) {
    this.#patterns = patterns;
    const matched = patterns.filter(({ pattern, progress }) => hasMatched(pattern, progress));
    // Several paths of one rule can match the same place.
    this.active = [...new Set(matched.map(({ rule }) => rule))];
  }

  /** @returns undefined when no rule has a valid body path */
  static root(rules: readonly CompiledRule[]): RuleScope | undefined {
    const patterns = rules.flatMap((rule) =>
      rule.paths.flatMap((path): ActivePattern[] => {
        const pattern = bodyPattern(path);
        return pattern === undefined ? [] : [{ rule, pattern, progress: AT_ROOT }];
      }),
    );
    return patterns.length === 0 ? undefined : new RuleScope(patterns);
  }

  /**
   * @param text the last part of the child's path: `.name`, `[*]`
   * @returns undefined when no rule can apply there or below
   */
  child(text: string): RuleScope | undefined {
    if (this.#children.has(text)) return this.#children.get(text);
    const steps = stepsOf(`$${text}`);
    const patterns = this.#patterns
      .map((one) => ({ ...one, progress: steps.reduce((at, step) => advance(one.pattern, at, step), one.progress) }))
      .filter(({ progress }) => progress.length > 0);
    const child = patterns.length === 0 ? undefined : new RuleScope(patterns);
    this.#children.set(text, child);
    return child;
  }

  /** The first rule of a type that applies here. */
  find(type: CompiledRule["action"]["type"]): CompiledRule | undefined {
    return this.active.find(({ action }) => action.type === type);
  }
}
