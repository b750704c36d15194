import { RE2JS } from "re2js";
import { rulePaths, type Rule } from "../../model/rule.ts";
import { isReportAction, type CompareAction } from "../../model/rule-actions.ts";

/** A rule that applies while responses are compared. */
export interface CompiledRule {
  readonly id: string;
  readonly paths: readonly string[];
  readonly action: CompareAction;
  /** The expression of `pattern` and `mask`. */
  readonly regex: RE2JS | undefined;
}

/** @returns undefined for rules that apply to reports, and for those with an invalid RE2 expression, which hide nothing */
export function compileRule({ id, path, action }: Rule): CompiledRule | undefined {
  if (isReportAction(action)) return undefined;
  const paths = rulePaths({ path });
  if (action.type !== "pattern" && action.type !== "mask") return { id, paths, action, regex: undefined };
  try {
    return { id, paths, action, regex: RE2JS.compile(action.regex, RE2JS.DOTALL) };
  } catch {
    return undefined;
  }
}
