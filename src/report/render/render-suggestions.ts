import type { Report } from "../../model/report.ts";
import type { PresetSuggestion } from "../../model/rule.ts";
import { formatCount } from "../../presentation/words/number-format.ts";
import { presetEffect } from "../../presentation/rules/rule-presets.ts";
import type { Paint } from "./terminal-color.ts";
import { escapeText, wrap } from "./terminal-text.ts";

const MAX_HEADERS = 6;

/** What a person could decide at once. */
export function suggestionSection({ suggestions }: Report, paint: Paint): readonly string[] {
  if (suggestions.length === 0) return [];
  return [
    paint("bold", "suggestions"),
    ...suggestions.flatMap((one) => wrap(escapeText(suggestionText(one)), { start: "  · ", indent: "    " })),
    "    a preset is a rule: serve --preset NAME, compare.presets, or the dashboard's Rules",
  ];
}

function suggestionText(suggestion: PresetSuggestion): string {
  const { preset, reason, headers } = suggestion;
  const rest = headers.length - MAX_HEADERS;
  const names = `${headers.slice(0, MAX_HEADERS).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
  return `preset ${preset} ${presetEffect(suggestion)}: ${names} (${reason})`;
}
