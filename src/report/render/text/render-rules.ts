import { rulePaths } from "../../../model/rule.ts";
import type { Report, RuleReport, RuleState } from "../../../model/report.ts";
import { formatNames } from "../../../presentation/words/difference-words.ts";
import { formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { escapeText, fit } from "./terminal-text.ts";

const MAX_RULES = 40;
const STATE_WIDTH = 9;

const COLOR = { active: "green", expired: "yellow", dead: "yellow" } as const satisfies Record<RuleState, string>;

/** What each rule does; those that need attention come first. */
export function ruleSection({ rules }: Report, page: Page): readonly string[] {
  if (rules.length === 0) return [];
  const sorted = rules.toSorted((a, b) => Number(a.state === "active") - Number(b.state === "active"));
  const rest = sorted.length - MAX_RULES;
  return [
    page.paint("bold", "rules"),
    ...sorted.slice(0, MAX_RULES).flatMap((rule) => ruleLines(rule, page)),
    ...(rest > 0 ? [`  … and ${formatPlural(rest, "more rule")}`] : []),
  ];
}

function ruleLines({ rule, state, hits, past }: RuleReport, page: Page): string[] {
  const kind = rule.kind === undefined ? "" : ` (${rule.kind})`;
  const what = `${rule.action.type} ${rule.section} ${formatNames(rulePaths(rule))}${kind} on ${rule.endpoint}`;
  const owner = rule.owner === "" ? "" : `, ${rule.owner}`;
  const text = escapeText(`${rule.id}: ${what}: ${effectText(state, hits)}${pastText(past)} (${rule.reason}${owner})`);
  const start = `  ${fit(state, STATE_WIDTH)}`;
  const [first = "", ...more] = page.wrap(text, { start, indent: " ".repeat(start.length + 2) });
  return [`  ${page.paint(COLOR[state], fit(state, STATE_WIDTH))}${first.slice(start.length)}`, ...more];
}

function effectText(state: RuleState, hits: number): string {
  if (hits > 0) return `hides differences in ${formatPlural(hits, "response")}`;
  return state === "expired" ? "no longer hides anything" : "hides nothing";
}

/** What a rule means for exchanges that were compared before it existed. */
function pastText(past: RuleReport["past"]): string {
  if (past === null) return "";
  if (past.samples === 0) return "; earlier exchanges: no samples to compare again";
  return `; earlier exchanges: explains ${formatCount(past.explained)} of ${formatPlural(past.samples, "stored sample")}`;
}
