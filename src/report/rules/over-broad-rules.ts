import { matchesEndpoint, matchesName, matchesPath } from "../../compare/rules/rule-match.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { DifferenceKind } from "../../model/difference.ts";
import { rulePaths, type Rule } from "../../model/rule.ts";
import type { RuleAction } from "../../model/rule-actions.ts";

/** A name that no service uses: a pattern that matches it has a wildcard. */
const UNUSED_NAME = "q7zx0shadowdiff";
const SAMPLE_PATHS = ["$", `$.${UNUSED_NAME}`, `$.${UNUSED_NAME}.${UNUSED_NAME}`, "$[*]", `$[*].${UNUSED_NAME}`];
const SAMPLE_ENDPOINTS = [`GET /${UNUSED_NAME}`, `GET /${UNUSED_NAME}/{id}/${UNUSED_NAME}`];
/** From this relative tolerance on, almost any two numbers count as equal. */
const WIDE = 1;

type RuleParts = Pick<Rule, "endpoint" | "section" | "path" | "kind" | "action">;

/**
 * Why a rule is too broad: it hides every difference in the body, the headers or the status of an endpoint, or of all. Judged
 * by the rule's text, not by traffic.
 * @returns a sentence, or null if the rule is narrow enough
 */
export function overBroad(rule: RuleParts): string | null {
  if (!hides(rule.action)) return null;
  const where = SAMPLE_ENDPOINTS.every((endpoint) => matchesEndpoint(rule.endpoint, endpoint))
    ? "every endpoint"
    : rule.endpoint;
  if (rule.action.type === "only") {
    return where === "every endpoint"
      ? `It hides every difference in the ${rule.section} of ${where} except ${rulePaths(rule).join(", ")}.`
      : null;
  }
  return coversAll(rule) ? `It hides every difference in the ${rule.section} of ${where}.` : null;
}

/** Whether an action hides differences of any size; the others hide some of them. */
function hides(action: RuleAction): boolean {
  switch (action.type) {
    case "ignore":
    case "only":
    case "type-only":
    case "subset":
    case "superset":
      return true;
    case "pattern":
    case "mask":
      return /^\^?\(?\.[*+]\)?\$?$/.test(action.regex);
    case "tolerance":
      return (action.relative ?? 0) >= WIDE;
    case "unordered":
    case "keyed":
    case "time":
    case "ignore-case":
    case "null-is-missing":
      return false;
    default:
      return unreachable(action);
  }
}

/** Kinds of differences that change no value: a rule that is limited to one leaves all others. */
const HARMLESS_KINDS: ReadonlySet<DifferenceKind | undefined> = new Set(["order", "encoding"]);

function coversAll({ section, path, kind }: RuleParts): boolean {
  if (HARMLESS_KINDS.has(kind)) return false;
  switch (section) {
    case "status":
      return true;
    case "transport":
      return kind !== "protocol-quirk";
    case "header":
    case "trailer":
      return rulePaths({ path }).some((one) => matchesName(one, UNUSED_NAME));
    case "body":
      return SAMPLE_PATHS.some((sample) => matchesPath({ section, path }, { section, path: sample, kind: "value" }));
    default:
      return unreachable(section);
  }
}
