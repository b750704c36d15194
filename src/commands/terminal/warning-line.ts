import { problemLine, severityOf, type Problem } from "../../config/config-error.ts";
import { escapeText } from "../../report/render/terminal-text.ts";

/** One line for the terminal: `warning: shadowdiff.yaml:9:5 routes[1]: never reached: …` */
export function warningLine(problem: Problem): string {
  return `${severityOf(problem)}: ${escapeText(problemLine(problem))}\n`;
}
