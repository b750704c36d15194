import { z } from "zod";
import { DIFFERENCE_KINDS, SECTIONS, type Section } from "../../../model/difference.ts";
import { rulePath, rulePaths, type Rule } from "../../../model/rule.ts";
import {
  isActionFor,
  REPORT_ACTION_TYPES,
  RULE_ACTION_TYPES,
  RULE_ACTIONS,
  ruleParameters,
  type RuleAction,
  type RuleActionType,
  type RuleParameter,
} from "../../../model/rule-actions.ts";
import { insteadOfPreset } from "../../../presentation/rules/rule-presets.ts";
import { parseStatusPath } from "../../../presentation/statuses/status-change.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { decimal } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { addIssue } from "../../values/schema-checks.ts";
import { choice, listOf, bool, type ValueType } from "../../values/value-type.ts";
import { endpointPattern } from "../../values/names.ts";
import { regex } from "../../values/http-texts.ts";
import { pathOrPaths, signedDuration, trimmedText } from "./rule-values.ts";
import { expiryDate } from "../../values/expiry-date.ts";

type ParameterField = RuleParameter["yaml"];

const PARAMETER_TYPES: Readonly<Record<RuleParameter["type"], ValueType<unknown>>> = {
  names: listOf(trimmedText("member", "the name of a member, with dots for nested members")),
  number: decimal({ min: 0, placeholder: "number" }),
  duration: duration(),
  shift: signedDuration,
  regex,
};

const parameterFields = parameterSchemas();

const shape = {
  endpoint: required(endpointPattern).describe(
    "An endpoint, such as GET /users/{id}, or a pattern, such as * /users/**",
  ),
  section: required(choice(...SECTIONS)).default("body"),
  path: required(
    pathOrPaths(
      trimmedText(
        "path",
        "a path, like $.items[*].price; for a header or trailer its name; for status $ or a pair like 200->404, for transport $",
      ),
    ),
  ).describe(
    "In a body: $.items[*].price, $.*.at (any one member), $..at (any depth). For a header: its name, where * matches any characters. Several as a list",
  ),
  kind: required(choice(...DIFFERENCE_KINDS))
    .optional()
    .describe(`For ${REPORT_ACTION_TYPES.join(" and ")}: limits the rule to differences of this kind`),
  action: required(choice(...RULE_ACTION_TYPES)).describe(
    `What the rule does. ${RULE_ACTION_TYPES.map((type) => `${type}: ${RULE_ACTIONS[type].does}`).join(". ")}.`,
  ),
  ...parameterFields,
  reason: required(trimmedText("reason", "text that explains the rule to later readers")).describe(
    "Why the rule exists",
  ),
  owner: required(trimmedText("owner", "a person or a team")).describe("Who to ask about the rule"),
  expires: required(expiryDate).optional().describe("When the rule stops applying; default: never"),
  force: required(bool)
    .default(false)
    .describe("Accept the rule even if it hides every difference in a body, a header or the status"),
};

type WrittenRule = z.infer<z.ZodObject<typeof shape>>;

/** A rule as written, and whether it can be over-broad. */
export interface RuleDocument {
  readonly rule: Omit<Rule, "id">;
  readonly force: boolean;
}

export const ruleSchema: z.ZodType<RuleDocument> = z.strictObject(shape).transform((written, context): RuleDocument => {
  checkSection(written, context);
  checkParameters(written, context);
  const { endpoint, section, path, kind, reason, owner, expires, force } = written;
  return {
    rule: {
      source: "configuration",
      endpoint,
      section,
      path:
        section === "header" || section === "trailer"
          ? rulePath(rulePaths({ path }).map((one) => one.toLowerCase()))
          : path,
      ...(kind !== undefined && { kind }),
      action: actionOf(written),
      owner,
      reason,
      createdBy: "",
      createdAt: null,
      expiresAt: expires ?? null,
    },
    force,
  };
});

/** One schema per parameter; its help names each action that has it. */
function parameterSchemas(): Readonly<Record<ParameterField, z.ZodOptional<z.ZodType>>> {
  const fields: Partial<Record<ParameterField, { type: RuleParameter["type"]; help: string }>> = {};
  for (const action of RULE_ACTION_TYPES) {
    for (const { yaml, type, help } of Object.values(ruleParameters(action))) {
      const above = fields[yaml] === undefined ? "" : `${fields[yaml].help}. `;
      fields[yaml] = { type, help: `${above}For ${action}: ${help}` };
    }
  }
  const schemas = Object.entries(fields).map(([field, { type, help }]) => [
    field,
    required(PARAMETER_TYPES[type]).optional().describe(help),
  ]);
  return Object.fromEntries(schemas) as Record<ParameterField, z.ZodOptional<z.ZodType>>;
}

function checkSection({ section, path: written, kind, action }: WrittenRule, context: z.RefinementCtx): void {
  for (const [index, path] of rulePaths({ path: written }).entries()) {
    checkPath(section, path, typeof written === "string" ? ["path"] : ["path", index], context);
  }
  if (!isActionFor(action, section)) {
    const allowed = RULE_ACTION_TYPES.filter((type) => isActionFor(type, section)).join(", ");
    addIssue(context, action, {
      path: ["action"],
      message: `${action} does not apply to the ${section} section`,
      allowed,
    });
  }
  if (kind !== undefined && !REPORT_ACTION_TYPES.includes(action)) {
    const message = `applies only to ${REPORT_ACTION_TYPES.join(" and ")}; remove it`;
    addIssue(context, kind, { path: ["kind"], message, key: true });
  }
}

/** @param at where the path is written in the rule */
function checkPath(section: Section, path: string, at: readonly PropertyKey[], context: z.RefinementCtx): void {
  const isAnyStatus = section !== "status" || path === "$" || parseStatusPath(path) !== undefined;
  if (!isAnyStatus || (section === "transport" && path !== "$")) {
    const message = `${JSON.stringify(path)} is not a path in the ${section} section`;
    const allowed = section === "status" ? "$ for any status, or a pair such as 200->404" : "$";
    addIssue(context, path, { path: at, message, allowed });
  }
  const presets = insteadOfPreset(section, path);
  if (presets !== undefined) {
    addIssue(context, path, { path: at, message: `${JSON.stringify(path)} is not a preset`, allowed: presets });
  }
}

function checkParameters(written: WrittenRule, context: z.RefinementCtx): void {
  const { action } = written;
  const accepted = Object.values(ruleParameters(action)).map(({ yaml }) => yaml);
  for (const name of Object.keys(parameterFields) as ParameterField[]) {
    if (written[name] === undefined || accepted.includes(name)) continue;
    const message = `is not a parameter of ${action}; remove it`;
    addIssue(context, written[name], { path: [name], message, allowed: accepted.join(", "), key: true });
  }
  const missing = accepted.filter((name) => written[name] === undefined || isEmptyList(written[name]));
  const [first] = missing;
  const needsAll = RULE_ACTIONS[action].requires === "all";
  if (first === undefined || (!needsAll && missing.length < accepted.length)) return;
  addIssue(context, undefined, {
    path: [first],
    message: `missing; ${action} requires ${accepted.join(needsAll ? " and " : " or ")}`,
  });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function actionOf(written: WrittenRule): RuleAction {
  return {
    type: written.action,
    ...parametersOf(written.action, written),
  } as RuleAction; // `checkParameters` has refused a rule without its parameters.
}

function parametersOf(action: RuleActionType, written: WrittenRule): Readonly<Record<string, unknown>> {
  const values = Object.entries(ruleParameters(action)).map(([name, parameter]) => [
    name,
    written[parameter.yaml] ?? parameter.default,
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Record<string, unknown>;
}
