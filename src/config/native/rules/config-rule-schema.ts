import { z } from "zod";
import { unreachable } from "../../../lib/unreachable.ts";
import { DIFFERENCE_KINDS, SECTIONS } from "../../../model/difference.ts";
import { BODY_ONLY_ACTIONS, type Rule, type RuleAction } from "../../../model/rule.ts";
import { decimal, duration } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { refuse } from "../../values/refuse-value.ts";
import { choice, listOf, truth } from "../../values/value-type.ts";
import { endpointPattern } from "./endpoint-pattern.ts";
import { line, moment, regex, shift } from "./rule-values.ts";

type ActionType = RuleAction["type"];

const ACTIONS = [
  "ignore",
  "only",
  "unordered",
  "keyed",
  "tolerance",
  "time",
  "pattern",
  "mask",
  "type-only",
  "ignore-case",
  "null-is-missing",
  "subset",
  "superset",
] as const satisfies readonly ActionType[];
/** These are applied when a report is made, where kinds are known. */
const OF_REPORTS: ReadonlySet<ActionType> = new Set(["ignore", "only"]);

const share = decimal({ min: 0, placeholder: "number" });
const parameters = {
  by: required(listOf(line("member", "the name of a member, dotted below an element"))).optional(),
  absolute: required(share).optional().describe("Of tolerance: numbers may differ by so much"),
  relative: required(share).optional().describe("Of tolerance: or by this share of the primary's, 0.01 for 1 %"),
  tolerance: required(duration()).optional().describe("Of time: times may differ by so much"),
  shift: required(shift).optional().describe("Of time: what is added to the candidate's first, as 1h or -1h"),
  regex: required(regex).optional().describe("Of pattern and mask, RE2"),
};
type Parameter = keyof typeof parameters;

/** What stands beside an action: all that are needed, or at least one of the others. */
const PARAMETERS: Readonly<
  Partial<Record<ActionType, { readonly needs: readonly Parameter[]; readonly all: boolean }>>
> = {
  keyed: { needs: ["by"], all: true },
  tolerance: { needs: ["absolute", "relative"], all: false },
  time: { needs: ["tolerance", "shift"], all: false },
  pattern: { needs: ["regex"], all: true },
  mask: { needs: ["regex"], all: true },
};

const shape = {
  endpoint: required(endpointPattern).describe("GET /users/{id}, or a pattern: * /users/**"),
  section: required(choice(...SECTIONS)).default("body"),
  path: required(line("path", "a path, like $.items[*].price; of headers a name; of status and transport $")).describe(
    "$.items[*].price, $.*.at (one member), $..at (at any depth); of headers a name, * for any characters",
  ),
  kind: required(choice(...DIFFERENCE_KINDS))
    .optional()
    .describe("Of ignore and only: differences of this kind alone"),
  action: required(choice(...ACTIONS)).describe("What is done there; its parameters stand beside it"),
  ...parameters,
  reason: required(line("reason", "a text for those who find the rule later")).describe(
    "Why, for those who find it later",
  ),
  owner: required(line("owner", "a person or a team")).describe("Who knows"),
  expires: required(moment).optional().describe("From then on it is not applied; without it, never"),
  force: required(truth).default(false).describe("Take the rule although it hides very much"),
};

type Written = z.infer<z.ZodObject<typeof shape>>;

/** A rule as it is written, and whether it may hide very much. */
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
      path: section === "header" || section === "trailer" ? path.toLowerCase() : path,
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

function checkSection({ section, path, kind, action }: Written, context: z.RefinementCtx): void {
  const isWhole = section === "status" || section === "transport";
  if (isWhole && path !== "$") {
    refuse(context, path, { path: ["path"], message: `of ${section} there is one place`, allowed: "$" });
  }
  if (isWhole && !OF_REPORTS.has(action)) {
    refuse(context, action, { path: ["action"], message: `cannot be done to ${section}`, allowed: "ignore, only" });
  }
  if ((section === "header" || section === "trailer") && BODY_ONLY_ACTIONS.has(action)) {
    refuse(context, action, { path: ["action"], message: `is for bodies, not for a ${section}` });
  }
  if (kind !== undefined && !OF_REPORTS.has(action)) {
    refuse(context, kind, { path: ["kind"], message: "is for ignore and only; remove it", key: true });
  }
}

function checkParameters(written: Written, context: z.RefinementCtx): void {
  const { action } = written;
  const { needs, all } = PARAMETERS[action] ?? { needs: [], all: true };
  const given = (Object.keys(parameters) as Parameter[]).filter((name) => written[name] !== undefined);
  for (const name of given.filter((one) => !needs.includes(one))) {
    const message = `${action} has no such parameter; remove it`;
    refuse(context, written[name], { path: [name], message, allowed: needs.join(", "), key: true });
  }
  const missing = needs.filter((name) => written[name] === undefined || isEmptyList(written[name]));
  const [first] = missing;
  if (first === undefined || (!all && missing.length < needs.length)) return;
  refuse(context, undefined, {
    path: [first],
    message: `missing: ${action} needs ${needs.join(all ? " and " : " or ")}`,
  });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function actionOf({ action, by, absolute, relative, tolerance, shift: moved, regex: expression }: Written): RuleAction {
  switch (action) {
    case "keyed":
      return { type: action, by: by ?? [] };
    case "tolerance":
      return { type: action, ...(absolute !== undefined && { absolute }), ...(relative !== undefined && { relative }) };
    case "time":
      return { type: action, toleranceMs: tolerance ?? 0, shiftMs: moved ?? 0 };
    case "pattern":
    case "mask":
      return { type: action, regex: expression ?? "" };
    case "ignore":
    case "only":
    case "unordered":
    case "type-only":
    case "ignore-case":
    case "null-is-missing":
    case "subset":
    case "superset":
      return { type: action };
  }
  return unreachable(action);
}
