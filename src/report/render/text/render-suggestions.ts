import type { Report } from "../../../model/report.ts";
import type { PresetSuggestion } from "../../../model/rule.ts";
import { formatCount } from "../../../presentation/words/number-format.ts";
import { presetEffect } from "../../../presentation/rules/rule-presets.ts";
import type { Page } from "./page.ts";
import { escapeText } from "./terminal-text.ts";

const MAX_HEADERS = 6;

/** What a person could decide at once. */
export function suggestionSection({ suggestions }: Report, page: Page): readonly string[] {
  if (suggestions.length === 0) return [];
  return [
    page.paint("bold", "suggestions"),
    ...suggestions.flatMap((one) => page.wrap(escapeText(suggestionText(one)), { start: "  · ", indent: "    " })),
    ...page.wrap("a preset is a rule: serve --preset NAME, compare.presets, or the dashboard's Rules", {
      start: "    ",
      indent: "    ",
    }),
  ];
}

function suggestionText(suggestion: PresetSuggestion): string {
  const { preset, reason, headers } = suggestion;
  const rest = headers.length - MAX_HEADERS;
  const names = `${headers.slice(0, MAX_HEADERS).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
  return `preset ${preset} ${presetEffect(suggestion)}: ${names} (${reason})`;
}
