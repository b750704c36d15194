import type { Report, RuleReport, RuleState } from "../../model/report.ts";
import type { Paint } from "./terminal-colour.ts";
import { escapeText, fit, TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { formatCount, formatPlural } from "../../presentation/number-format.ts";

const MAX_RULES = 40;
const STATE_WIDTH = 9;

const COLOUR = { active: "green", expired: "yellow", dead: "yellow" } as const satisfies Record<RuleState, string>;

/** What each rule does, those first that somebody should look after. */
export function ruleSection({ rules }: Report, paint: Paint): readonly string[] {
  if (rules.length === 0) return [];
  const sorted = rules.toSorted((a, b) => Number(a.state === "active") - Number(b.state === "active"));
  const rest = sorted.length - MAX_RULES;
  return [
    paint("bold", "rules"),
    ...sorted.slice(0, MAX_RULES).flatMap((rule) => ruleLines(rule, paint)),
    ...(rest > 0 ? [`  … and ${formatPlural(rest, "more rule")}`] : []),
  ];
}

function ruleLines({ rule, state, hits, past }: RuleReport, paint: Paint): string[] {
  const kind = rule.kind === undefined ? "" : ` (${rule.kind})`;
  const what = `${rule.action.type} ${rule.section} ${rule.path}${kind} of ${rule.endpoint}`;
  const owner = rule.owner === "" ? "" : `, ${rule.owner}`;
  const text = escapeText(`${rule.id}: ${what}: ${doesText(state, hits)}${pastText(past)} (${rule.reason}${owner})`);
  const start = `  ${fit(state, STATE_WIDTH)}`;
  const [first = "", ...more] = wrap(text, { start, indent: " ".repeat(start.length + 2), width: TEXT_WIDTH });
  return [`  ${paint(COLOUR[state], fit(state, STATE_WIDTH))}${first.slice(start.length)}`, ...more];
}

function doesText(state: RuleState, hits: number): string {
  if (hits > 0) return `takes differences of ${formatPlural(hits, "answer")} away`;
  return state === "expired" ? "is over" : "takes nothing away";
}

function pastText(past: RuleReport["past"]): string {
  if (past === null) return "";
  if (past.samples === 0) return "; of what was counted before it nothing is kept that could be compared again";
  const kept = `${formatCount(past.explained)} of ${formatPlural(past.samples, "kept answer")}`;
  const were = past.samples === 1 ? "was" : "were";
  return `; of what was counted before it, it explains ${kept} that ${were} compared again`;
}
