import { matchesEndpoint, matchesName, matchesPath } from "../../compare/rules/rule-match.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { Rule } from "../../model/rule.ts";
import type { RuleAction } from "../../model/rule-actions.ts";

/** A name that nobody has: whatever matches it matches by a wildcard. */
const NOBODY = "q7zx0shadowdiff";
const ANY_PLACE = ["$", `$.${NOBODY}`, `$.${NOBODY}.${NOBODY}`, "$[*]", `$[*].${NOBODY}`];
const ANY_ENDPOINT = [`GET /${NOBODY}`, `GET /${NOBODY}/{id}/${NOBODY}`];
/** A relative tolerance beyond which two numbers have little in common. */
const WIDE = 1;

type RuleParts = Pick<Rule, "endpoint" | "section" | "path" | "action">;

/**
 * Why a rule hides so much that it should not be entered without thought: whatever differs in a whole body, header or status,
 * of an endpoint or of all. Judged by what it says, not by what was seen.
 * @returns a sentence, or null when it is narrow enough
 */
export function overBroad(rule: RuleParts): string | null {
  if (!hides(rule.action)) return null;
  const where = ANY_ENDPOINT.every((endpoint) => matchesEndpoint(rule.endpoint, endpoint))
    ? "every endpoint"
    : `the whole endpoint ${rule.endpoint}`;
  if (rule.action.type === "only") {
    return where === "every endpoint" ? `It hides all of the ${rule.section} of ${where} but ${rule.path}.` : null;
  }
  return coversAll(rule) ? `It hides whatever differs in the ${rule.section} of ${where}.` : null;
}

/** Whether an action takes differences of any size away; the others explain some of them. */
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

function coversAll({ section, path }: RuleParts): boolean {
  switch (section) {
    case "status":
    case "transport":
      return true;
    case "header":
    case "trailer":
      return matchesName(path, NOBODY);
    case "body":
      return ANY_PLACE.some((place) => matchesPath({ section, path }, { section, path: place, kind: "value" }));
    default:
      return unreachable(section);
  }
}
