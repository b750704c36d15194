import { RE2JS } from "re2js";
import type { Rule } from "../../model/rule.ts";
import { isReportAction, type CompareAction } from "../../model/rule-actions.ts";

/** A rule that is applied while answers are compared. */
export interface CompiledRule {
  readonly id: string;
  readonly path: string;
  readonly action: CompareAction;
  /** Of `pattern` and `mask`. */
  readonly regex: RE2JS | undefined;
}

/** @returns undefined for rules that act on reports, and for those whose expression is no RE2: they hide nothing */
export function compileRule({ id, path, action }: Rule): CompiledRule | undefined {
  if (isReportAction(action)) return undefined;
  if (action.type !== "pattern" && action.type !== "mask") return { id, path, action, regex: undefined };
  try {
    return { id, path, action, regex: RE2JS.compile(action.regex, RE2JS.DOTALL) };
  } catch {
    return undefined;
  }
}
