import { DIFFERENCE_KINDS, SECTIONS } from "../../../src/model/difference.ts";
import { rulePath } from "../../../src/model/rule.ts";
import { isActionFor, isReportAction, RULE_ACTION_TYPES } from "../../../src/model/rule-actions.ts";
import type { RuleDraft } from "../data/rule-draft.ts";
import type { RulesSearch } from "../search-params.ts";
import { parseRuleAction } from "./rule-action-text.ts";

/** The form for a rule, as typed. */
export interface RuleInputs {
  readonly endpoint: string;
  readonly section: string;
  /** One path per line. */
  readonly paths: string;
  readonly kind: string;
  readonly action: string;
  /** By the names of the parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly reason: string;
  readonly expiry: string;
}

/** The inputs at first. @param search the query of the URL, whose `path` can have several lines */
export function initialInputs(search: RulesSearch): RuleInputs {
  const { endpoint = "", section = "body", path = "", kind = "", action = "ignore" } = search;
  return { endpoint, section, paths: path, kind, action, parameters: {}, owner: "", reason: "", expiry: "" };
}

function pathsOf({ paths }: Pick<RuleInputs, "paths">): readonly string[] {
  return paths
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The rule that the inputs describe; null while a required one is missing or invalid. */
export function ruleDraft(inputs: RuleInputs): RuleDraft | null {
  const { endpoint, owner, reason, expiry } = inputs;
  const paths = pathsOf(inputs);
  const section = SECTIONS.find((each) => each === inputs.section);
  const kind = DIFFERENCE_KINDS.find((each) => each === inputs.kind);
  const type = RULE_ACTION_TYPES.find((each) => each === inputs.action);
  const action = type === undefined ? null : parseRuleAction(type, inputs.parameters);
  if (section === undefined || action === null || endpoint.trim() === "" || paths.length === 0) return null;
  if (!isActionFor(action.type, section)) return null;
  return {
    endpoint,
    section,
    path: rulePath(paths),
    action,
    owner,
    reason,
    expiresAt: expiry === "" ? null : expiry,
    ...(isReportAction(action) && kind !== undefined && { kind }),
  };
}

/** What a rule cannot be added without, and is not typed yet. */
export function missingInputs(inputs: RuleInputs): readonly string[] {
  return [
    ...(inputs.endpoint.trim() === "" ? ["endpoint"] : []),
    ...(pathsOf(inputs).length === 0 ? ["path"] : []),
    ...(inputs.reason.trim() === "" ? ["reason"] : []),
  ];
}
