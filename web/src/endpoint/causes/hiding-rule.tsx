import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { rulePaths } from "../../../../src/model/rule.ts";
import { presetOf } from "../../../../src/presentation/rules/rule-presets.ts";
import { useRules } from "../../data/queries.ts";

/** Why a rule hides a cause, as a link to the rules: `hidden by preset framework-headers`, `hidden by a rule: the clock`. */
export function HidingRule({ id }: { readonly id: string }): ReactElement {
  const { data } = useRules();
  const rule = data?.rules.find((each) => each.id === id);
  const preset = rule === undefined ? undefined : rulePaths(rule).flatMap((path) => presetOf(path)?.name ?? [])[0];
  const reason = rule === undefined ? "" : `: ${rule.reason}`;
  return <Link to="/rules">{preset === undefined ? `hidden by a rule${reason}` : `hidden by preset ${preset}`}</Link>;
}
