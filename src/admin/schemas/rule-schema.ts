import { RE2JS } from "re2js";
import { z } from "zod";
import { bodyPattern } from "../../compare/rules/rule-match.ts";
import { BODY_ONLY_ACTIONS, type Rule, type RuleAction } from "../../model/rule.ts";
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

const actionSchema = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("ignore") }),
    z.strictObject({ type: z.literal("only") }),
    z.strictObject({ type: z.literal("unordered") }),
    z.strictObject({ type: z.literal("keyed"), by: z.array(pattern).min(1).max(MOST_MEMBERS).readonly() }),
    z
      .strictObject({ type: z.literal("tolerance"), absolute: positive.optional(), relative: positive.optional() })
      .refine(({ absolute, relative }) => absolute !== undefined || relative !== undefined, {
        error: "give absolute, relative, or both",
      }),
    z.strictObject({ type: z.literal("time"), toleranceMs: positive, shiftMs: z.number().default(0) }),
    z.strictObject({ type: z.literal("pattern"), regex }),
    z.strictObject({ type: z.literal("mask"), regex }),
    z.strictObject({ type: z.literal("type-only") }),
    z.strictObject({ type: z.literal("ignore-case") }),
    z.strictObject({ type: z.literal("null-is-missing") }),
    z.strictObject({ type: z.literal("subset") }),
    z.strictObject({ type: z.literal("superset") }),
  ])
  .describe("What is done there");

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
    issue("path", `of ${section} there is one place: write $`);
  }
  if (section !== "body" && BODY_ONLY_ACTIONS.has(action.type))
    issue("section", `${action.type} is for bodies: write body`);
  if ((section === "status" || section === "transport") && action.type !== "ignore" && action.type !== "only") {
    issue("action", `a ${section} can only be ignored: write {"type": "ignore"}`);
  }
  if (kind !== undefined && action.type !== "ignore" && action.type !== "only") {
    issue("kind", "is for ignore and only: leave it out");
  }
}
