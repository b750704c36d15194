import type { Section } from "./difference.ts";

/** What a rule does to the fields that it matches. `RULE_ACTIONS` explains each type. */
export type RuleAction =
  | { readonly type: "ignore" }
  | { readonly type: "only" }
  | { readonly type: "unordered" }
  | { readonly type: "keyed"; readonly by: readonly string[] }
  | { readonly type: "tolerance"; readonly absolute?: number | undefined; readonly relative?: number | undefined }
  | { readonly type: "time"; readonly toleranceMs: number; readonly shiftMs: number }
  | { readonly type: "pattern"; readonly regex: string }
  | { readonly type: "mask"; readonly regex: string }
  | { readonly type: "type-only" }
  | { readonly type: "ignore-case" }
  | { readonly type: "null-is-missing" }
  | { readonly type: "subset" }
  | { readonly type: "superset" };

export type RuleActionType = RuleAction["type"];

type ParametersOf<T extends RuleActionType> = Omit<Extract<RuleAction, { readonly type: T }>, "type">;

/** One parameter of an action, in the API (its key in `parameters`), in YAML and in the dashboard's form. */
export interface RuleParameter {
  /** The field in YAML. */
  readonly yaml: "by" | "absolute" | "relative" | "tolerance" | "shift" | "regex";
  /**
   * `names` is a list of strings, `number` is not negative, `regex` is RE2. `duration` and `shift` are milliseconds here and in
   * the API, and `1s` or `-1h` in YAML; only a shift can be negative.
   */
  readonly type: "names" | "number" | "duration" | "shift" | "regex";
  readonly help: string;
  /** What to type, in the API's units. */
  readonly example: string;
  /** The value when the parameter is left out; without it, a parameter that is left out stays undefined. */
  readonly default?: number;
}

interface RuleActionDefinition<T extends RuleActionType> {
  /** What it does, as an imperative that starts in lower case. */
  readonly does: string;
  /** The sections whose rules can have it. */
  readonly sections: readonly Section[];
  /**
   * `report`: when a report is made, to everything that was counted, exactly. `compare`: while two responses are compared;
   * exchanges counted earlier are judged by comparing their samples again.
   */
  readonly appliesWhen: "report" | "compare";
  readonly parameters: { readonly [P in keyof ParametersOf<T>]-?: RuleParameter };
  /** Which parameters a rule must have: all of them, or at least one. */
  readonly requires: "all" | "any";
}

const EVERYWHERE = ["body", "header", "trailer", "status", "transport"] as const;
const WITH_VALUES = ["body", "header", "trailer"] as const;
const BODIES = ["body"] as const;
const REGEX = { yaml: "regex", type: "regex", example: "[0-9a-f]{32}" } as const;

/** The one definition of all rule actions: YAML, API, comparison, report and dashboard follow it. */
export const RULE_ACTIONS = {
  ignore: {
    does: "ignore differences here and below",
    sections: EVERYWHERE,
    appliesWhen: "report",
    parameters: {},
    requires: "all",
  },
  only: {
    does: "in this section, count only differences here and below",
    sections: EVERYWHERE,
    appliesWhen: "report",
    parameters: {},
    requires: "all",
  },
  unordered: {
    does: "ignore the order of this array, or of the members of this header",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
  keyed: {
    does: "pair the elements of this array by these members",
    sections: BODIES,
    appliesWhen: "compare",
    parameters: {
      by: {
        yaml: "by",
        type: "names",
        help: "names of members that identify an element, with dots for nested members",
        example: "id, sku",
      },
    },
    requires: "all",
  },
  tolerance: {
    does: "treat numbers as equal within a tolerance",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: {
      absolute: { yaml: "absolute", type: "number", help: "largest absolute difference", example: "0.01" },
      relative: {
        yaml: "relative",
        type: "number",
        help: "largest difference as a share of the primary's number; 0.01 is 1%",
        example: "0.001",
      },
    },
    requires: "any",
  },
  time: {
    does: "treat times as equal within a tolerance",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: {
      toleranceMs: { yaml: "tolerance", type: "duration", help: "largest difference", example: "1000", default: 0 },
      shiftMs: {
        yaml: "shift",
        type: "shift",
        help: "also accept times that match after this offset is added to the candidate's time; can be negative",
        example: "-3600000",
        default: 0,
      },
    },
    requires: "any",
  },
  pattern: {
    does: "treat strings as equal when both match an expression",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: { regex: { ...REGEX, help: "RE2 expression that must match the entire string" } },
    requires: "all",
  },
  mask: {
    does: "ignore the parts of strings that match an expression",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: { regex: { ...REGEX, help: "RE2 expression; each match is replaced by *** on both sides" } },
    requires: "all",
  },
  "type-only": {
    does: "treat values of the same type as equal",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
  "ignore-case": {
    does: "ignore case in strings",
    sections: WITH_VALUES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
  "null-is-missing": {
    does: "treat null and missing members as equal",
    sections: BODIES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
  subset: {
    does: "allow additional members and elements in the candidate, here and below",
    sections: BODIES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
  superset: {
    does: "allow missing members and elements in the candidate, here and below",
    sections: BODIES,
    appliesWhen: "compare",
    parameters: {},
    requires: "all",
  },
} as const satisfies { readonly [T in RuleActionType]: RuleActionDefinition<T> };

/** In the order of the definition. */
export const RULE_ACTION_TYPES = Object.keys(RULE_ACTIONS) as readonly RuleActionType[];

type AppliedWhen<When extends "report" | "compare"> = {
  readonly [T in RuleActionType]: (typeof RULE_ACTIONS)[T]["appliesWhen"] extends When ? T : never;
}[RuleActionType];

/** Actions that are applied while two responses are compared. */
export type CompareAction = Extract<RuleAction, { readonly type: AppliedWhen<"compare"> }>;

/** Whether an action is applied when a report is made; only these can be limited to a kind of difference. */
export function isReportAction(action: RuleAction): action is Exclude<RuleAction, CompareAction> {
  return RULE_ACTIONS[action.type].appliesWhen === "report";
}

export const REPORT_ACTION_TYPES = RULE_ACTION_TYPES.filter((type) => RULE_ACTIONS[type].appliesWhen === "report");

/** The parameters of an action by their names in the API. */
export function ruleParameters(type: RuleActionType): Readonly<Record<string, RuleParameter>> {
  return RULE_ACTIONS[type].parameters;
}

/** Whether rules of a section can have an action. */
export function isActionFor(type: RuleActionType, section: Section): boolean {
  return RULE_ACTIONS[type].sections.some((one) => one === section);
}
