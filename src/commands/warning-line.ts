import { problemLine, type Problem } from "../config/config-error.ts";
import { escapeText } from "../report/terminal-text.ts";

/** Readers of Istio documents also tell what is only worth knowing. */
export function severityOf(problem: Problem): "warning" | "note" {
  return "severity" in problem && problem.severity === "note" ? "note" : "warning";
}

/** One line for the terminal: `warning: shadowdiff.yaml:9:5 routes[1]: never reached: …` */
export function warningLine(problem: Problem): string {
  return `${severityOf(problem)}: ${escapeText(problemLine(problem))}\n`;
}
