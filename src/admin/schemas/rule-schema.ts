import { RE2JS } from "re2js";
import { z } from "zod";
import { bodyPattern } from "../../compare/rules/rule-match.ts";
import type { RulePreview } from "../../model/views/change-preview.ts";
import { rulePath, rulePaths, type Rule } from "../../model/rule.ts";
import type { Section } from "../../model/difference.ts";
import {
  isActionFor,
  isReportAction,
  REPORT_ACTION_TYPES,
  RULE_ACTION_TYPES,
  RULE_ACTIONS,
  ruleParameters,
  type RuleAction,
  type RuleActionType,
  type RuleParameter,
} from "../../model/rule-actions.ts";
import { insteadOfPreset } from "../../presentation/rules/rule-presets.ts";
import { parseStatusPath } from "../../presentation/statuses/status-change.ts";
import { expirySchema } from "./expiry-schema.ts";
import { effectFields } from "./change-schema.ts";
import { kindSchema, sectionSchema } from "./difference-schema.ts";

const MAX_PATTERN_LENGTH = 500;
const MAX_REASON_LENGTH = 500;
const MAX_MEMBERS = 10;
/** Each path of a rule is matched with every difference. */
const MAX_PATHS = 500;
const MAX_TOGETHER = 500;

const pattern = z.string().trim().min(1).max(MAX_PATTERN_LENGTH);
const regex = pattern
  .refine(isRegex, {
    error: "is not a valid RE2 regular expression; RE2 supports neither look-around nor back-references",
  })
  .describe("RE2");
const positive = z.number().nonnegative();

const PARAMETER_SCHEMAS: Readonly<Record<RuleParameter["type"], z.ZodType>> = {
  names: z.array(pattern).min(1).max(MAX_MEMBERS).readonly(),
  number: positive,
  duration: positive,
  shift: z.number(),
  regex,
};

/** The fields of an action follow `RULE_ACTIONS`; defaults are filled in only after the required parameters were checked. */
const actionSchema: z.ZodType<RuleAction> = z
  .discriminatedUnion("type", RULE_ACTION_TYPES.map(oneActionSchema) as [ActionSchema, ...ActionSchema[]])
  .transform((action) => ({ ...defaultsOf(action.type), ...action }) as RuleAction)
  .describe("What the rule does");

type ActionSchema = z.ZodObject<{ type: z.ZodLiteral<RuleActionType> }>;

function oneActionSchema(type: RuleActionType): ActionSchema {
  const { does, requires } = RULE_ACTIONS[type];
  const parameters = Object.entries(ruleParameters(type));
  const fields = parameters.map(([name, parameter]) => {
    const schema = PARAMETER_SCHEMAS[parameter.type].describe(parameter.help);
    return [name, requires === "all" ? schema : schema.optional()] as const;
  });
  return z
    .strictObject({ type: z.literal(type), ...Object.fromEntries(fields) })
    .refine((action) => requires === "all" || parameters.some(([name]) => Reflect.get(action, name) !== undefined), {
      error: `${type} requires ${parameters.map(([name]) => name).join(" or ")}`,
    })
    .describe(does);
}

function defaultsOf(type: RuleActionType): Readonly<Record<string, unknown>> {
  const parameters = Object.entries(ruleParameters(type));
  return Object.fromEntries(
    parameters.flatMap(([name, parameter]) => (parameter.default === undefined ? [] : [[name, parameter.default]])),
  );
}

const ruleFields = {
  endpoint: pattern.describe(
    "An endpoint or a pattern: * matches any method or within one segment, ** matches the rest of the path",
  ),
  section: sectionSchema,
  path: z
    .union([pattern, z.array(pattern).min(1).max(MAX_PATHS)])
    .transform((path) => rulePath(typeof path === "string" ? [path] : path))
    .describe(
      "One path or a list. Body: $.items[*].price, $.*.at or $..at. Header and trailer: a name, in which * matches any characters. Status and transport: $",
    ),
  kind: kindSchema.optional().describe("Restricts the actions ignore and only to differences of this kind"),
  action: actionSchema,
  owner: z.string().trim().max(200).default(""),
  reason: z.string().trim().min(1, "give a reason, so that others understand the rule later").max(MAX_REASON_LENGTH),
  expiresAt: expirySchema.default(null),
};

/** The request to add a rule. */
export const ruleBody = z
  .strictObject({ ...ruleFields, force: z.boolean().default(false).describe("Add the rule even if it is too broad") })
  .superRefine(checkFit);

const cause = z
  .string()
  .min(1)
  .max(MAX_PATTERN_LENGTH)
  .optional()
  .describe("Signature of a cause: one rule for each endpoint that matches and shows it now, in place of one for all");

const previewedRule = z.strictObject({ ...ruleFields, reason: z.string().default("") }).superRefine(checkFit);
const previewedTogether = z
  .strictObject({ ...ruleFields, cause, reason: z.string().default("") })
  .superRefine(checkFit);

/** The request to preview a rule, or several together; they need no reasons yet. */
export const previewBody = z.union([
  previewedRule,
  z.strictObject({ rules: z.array(previewedTogether).min(1).max(MAX_TOGETHER).readonly() }),
]);

/** The request to add several rules, all or none. */
export const rulesBody = z.strictObject({
  rules: z
    .array(z.strictObject({ ...ruleFields, cause }).superRefine(checkFit))
    .min(1)
    .max(MAX_TOGETHER)
    .readonly(),
  force: z.boolean().default(false).describe("Add the rules even if one is too broad"),
});

/** The request to remove rules that were added together. */
export const undoRulesBody = z.strictObject({ ids: z.array(z.string()).min(1).max(MAX_TOGETHER).readonly() });

export type RuleBody = z.output<typeof ruleBody>;

export const ruleSchema = z
  .object({
    id: z.string(),
    source: z.enum(["configuration", "dashboard"]),
    endpoint: z.string(),
    section: sectionSchema,
    path: z.union([z.string(), z.array(z.string()).readonly()]).describe("Text, or a list if there are several"),
    kind: kindSchema.optional(),
    action: z.custom<RuleAction>().meta({ type: "object", description: "The action and its parameters" }),
    owner: z.string(),
    reason: z.string(),
    createdBy: z.string(),
    createdAt: z.number().nullable().describe("Unix milliseconds; null for configured rules"),
    expiresAt: z.number().nullable().describe("Unix milliseconds; null for never"),
  })
  .meta({ id: "Rule" }) satisfies z.ZodType<Rule>;

const warnings = z
  .array(z.string())
  .readonly()
  .describe("Why the rule never matches, whatever the traffic, and what to write instead; empty if it can match");

export const previewSchema = z
  .object({
    ...effectFields,
    differences: z.number().describe("Differences that it would hide; an exchange can have many"),
    noLongerCounting: z.number().describe("Exchanges that would no longer count against parity"),
    endpoints: z
      .array(z.object({ endpoint: z.string(), exchanges: z.number(), fields: z.array(z.string()).readonly() }))
      .readonly(),
    denied: z
      .array(z.object({ endpoint: z.string(), title: z.string() }))
      .readonly()
      .describe("Denied causes that it would hide; they count anyway"),
    basis: z.union([
      z.object({ type: z.literal("exact") }),
      z.object({ type: z.literal("samples"), samples: z.number(), explained: z.number() }),
    ]),
    warnings,
    overBroad: z.string().nullable().describe("Why adding it requires force; null if it does not"),
  })
  .meta({ id: "RulePreview" }) satisfies z.ZodType<RulePreview>;

export const addedTogetherSchema = z
  .object({ rules: z.array(ruleSchema).readonly(), warnings })
  .meta({ id: "AddedRules" });
export const addedSchema = z.object({ rule: ruleSchema, warnings }).meta({ id: "AddedRule" });
export const rulesSchema = z.object({ rules: z.array(ruleSchema).readonly() }).meta({ id: "Rules" });
export const ruleParams = z.object({ id: z.string().min(1).max(200) });

function isRegex(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

/** Checks that path, kind and action fit the section. */
function checkFit(
  { section, path, kind, action }: Pick<Rule, "section" | "path" | "kind" | "action">,
  context: z.RefinementCtx,
): void {
  const issue = (field: readonly PropertyKey[], message: string): void => {
    context.addIssue({ code: "custom", path: [...field], message });
  };
  for (const [index, one] of rulePaths({ path }).entries()) {
    const message = unfitPath(section, one);
    if (message !== undefined) issue(typeof path === "string" ? ["path"] : ["path", index], message);
  }
  if (!isActionFor(action.type, section)) {
    const allowed = RULE_ACTION_TYPES.filter((type) => isActionFor(type, section)).join(", ");
    issue(["action"], `${action.type} does not apply to the ${section} section: use one of ${allowed}`);
  }
  if (kind !== undefined && !isReportAction(action)) {
    issue(["kind"], `applies only to ${REPORT_ACTION_TYPES.join(" and ")}: leave it out`);
  }
}

/** Why a text is not a path in a section, and what to write instead. */
function unfitPath(section: Section, path: string): string | undefined {
  if (section === "body" && bodyPattern(path) === undefined) {
    return "is not a path: write $.items[*].price, $.*.at for any member, $..at for any depth, or ['a.b'] for other names";
  }
  const presets = insteadOfPreset(section, path);
  if (presets !== undefined) return `is not a preset: write one of ${presets}`;
  if (section === "transport" && path !== "$") return "is not a path in the transport section: write $";
  if (section === "status" && path !== "$" && parseStatusPath(path) === undefined) {
    return "is not a path in the status section: write $ for any status, or one pair such as 200->404";
  }
  return undefined;
}
