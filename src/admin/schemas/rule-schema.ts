import { RE2JS } from "re2js";
import { z } from "zod";
import { bodyPattern } from "../../compare/rules/rule-match.ts";
import type { Rule } from "../../model/rule.ts";
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
import { expirySchema } from "./expiry-schema.ts";
import { kindSchema, sectionSchema } from "./difference-schema.ts";

const LONGEST_PATTERN = 500;
const LONGEST_REASON = 500;
const MOST_MEMBERS = 10;

const pattern = z.string().trim().min(1).max(LONGEST_PATTERN);
const regex = pattern
  .refine(isRegex, { error: "is no regular expression of RE2: look-around and back-references are not known" })
  .describe("RE2");
const positive = z.number().nonnegative();

const PARAMETER_SCHEMAS: Readonly<Record<RuleParameter["type"], z.ZodType>> = {
  names: z.array(pattern).min(1).max(MOST_MEMBERS).readonly(),
  number: positive,
  duration: positive,
  shift: z.number(),
  regex,
};

/** The fields of an action follow `RULE_ACTIONS`; a missing parameter gets its default once it is clear that one was given. */
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
  endpoint: pattern.describe("An endpoint, or a pattern: * within a segment or for the method, ** for any rest"),
  section: sectionSchema,
  path: pattern.describe("$.items[*].price, $.*.at, $..at; of a header its name, * for any characters; otherwise $"),
  kind: kindSchema.optional().describe("Only differences of this kind; for ignore and only"),
  action: actionSchema,
  owner: z.string().trim().max(200).default(""),
  reason: z.string().trim().min(1, "say why, for those who find the rule later").max(LONGEST_REASON),
  expiresAt: expirySchema.default(null),
};

/** What a person enters. */
export const ruleBody = z
  .strictObject({ ...ruleFields, force: z.boolean().default(false).describe("Enter it although it hides very much") })
  .superRefine(checkFit);

/** The same before it is entered, when nobody has said why yet. */
export const previewBody = z.strictObject({ ...ruleFields, reason: z.string().default("") }).superRefine(checkFit);

export type RuleBody = z.output<typeof ruleBody>;

export const ruleSchema = z
  .object({
    id: z.string(),
    source: z.enum(["configuration", "dashboard"]),
    endpoint: z.string(),
    section: sectionSchema,
    path: z.string(),
    kind: kindSchema.optional(),
    action: z.custom<RuleAction>().meta({ type: "object", description: "As it was entered" }),
    owner: z.string(),
    reason: z.string(),
    createdBy: z.string(),
    createdAt: z.number().nullable().describe("Unix milliseconds; null for the configuration"),
    expiresAt: z.number().nullable().describe("Unix milliseconds; null for never"),
  })
  .meta({ id: "Rule" }) satisfies z.ZodType<Rule>;

export const addedSchema = z.object({ rule: ruleSchema }).meta({ id: "AddedRule" });
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

/** What an action needs of the place that it is for. */
function checkFit(
  { section, path, kind, action }: Pick<Rule, "section" | "path" | "kind" | "action">,
  context: z.RefinementCtx,
): void {
  const issue = (field: string, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (section === "body" && bodyPattern(path) === undefined) {
    issue(
      "path",
      "is no path: write $.items[*].price, $.*.at for one member, $..at at any depth, ['a.b'] for other names",
    );
  }
  if ((section === "status" || section === "transport") && path !== "$") {
    issue("path", `is not a path in the ${section} section: write $`);
  }
  if (!isActionFor(action.type, section)) {
    const allowed = RULE_ACTION_TYPES.filter((type) => isActionFor(type, section)).join(", ");
    issue("action", `${action.type} does not apply to the ${section} section: use one of ${allowed}`);
  }
  if (kind !== undefined && !isReportAction(action)) {
    issue("kind", `applies only to ${REPORT_ACTION_TYPES.join(" and ")}: leave it out`);
  }
}
