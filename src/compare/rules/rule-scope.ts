import type { CompiledRule } from "./compiled-rule.ts";
import { bodyPattern } from "./rule-match.ts";
import { AT_ROOT, advance, hasMatched, stepsOf, type PathPattern, type Progress } from "./path-pattern.ts";

interface Pending {
  readonly rule: CompiledRule;
  readonly pattern: PathPattern;
  readonly progress: Progress;
}

/** The rules of a body at one shape path: those that hold here, and those that may hold below. */
export class RuleScope {
  /** In the order of the rules. */
  readonly active: readonly CompiledRule[];
  readonly #pending: readonly Pending[];
  readonly #children = new Map<string, RuleScope | undefined>();

  private constructor(pending: readonly Pending[]) {
    this.#pending = pending;
    this.active = pending.filter(({ pattern, progress }) => hasMatched(pattern, progress)).map(({ rule }) => rule);
  }

  /** @returns undefined when no rule names anything in a body */
  static root(rules: readonly CompiledRule[]): RuleScope | undefined {
    const pending = rules.flatMap((rule): Pending[] => {
      const pattern = bodyPattern(rule.path);
      return pattern === undefined ? [] : [{ rule, pattern, progress: AT_ROOT }];
    });
    return pending.length === 0 ? undefined : new RuleScope(pending);
  }

  /**
   * @param text what the child's shape path has more than this one: `.name`, `[*]`
   * @returns undefined when no rule holds there or below
   */
  child(text: string): RuleScope | undefined {
    if (this.#children.has(text)) return this.#children.get(text);
    const steps = stepsOf(`$${text}`);
    const pending = this.#pending
      .map((one) => ({ ...one, progress: steps.reduce((at, step) => advance(one.pattern, at, step), one.progress) }))
      .filter(({ progress }) => progress.length > 0);
    const child = pending.length === 0 ? undefined : new RuleScope(pending);
    this.#children.set(text, child);
    return child;
  }

  /** The first rule of a type that holds here. */
  find(type: CompiledRule["action"]["type"]): CompiledRule | undefined {
    return this.active.find(({ action }) => action.type === type);
  }
}
