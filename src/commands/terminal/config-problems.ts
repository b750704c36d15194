import { bodyPattern } from "../../compare/rules/rule-match.ts";
import { problemLine, severityOf, type Problem } from "../../config/config-error.ts";
import type { RuleProblem } from "../../config/native/rules/check-rules.ts";
import { listenError } from "../../lib/runtime/listen-error.ts";
import { rulePaths, type Rule } from "../../model/rule.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { overBroad } from "../../report/rules/over-broad-rules.ts";

/** Checks a configured rule with the knowledge of comparison and report. @param force accept an over-broad rule */
export function ruleProblem(rule: Rule, force: boolean): RuleProblem | undefined {
  const index = rule.section === "body" ? rulePaths(rule).findIndex((path) => bodyPattern(path) === undefined) : -1;
  if (index >= 0) {
    const path = rulePaths(rule)[index] ?? "";
    return { ...invalidPath(path), field: "path", ...(typeof rule.path !== "string" && { index }) };
  }
  const reason = force ? null : overBroad(rule);
  if (reason === null) return undefined;
  return {
    field: "path",
    message: `the rule hides too much. ${reason}`,
    allowed: "a narrower path or endpoint; or force: true",
  };
}

function invalidPath(path: string): Pick<RuleProblem, "message" | "allowed"> {
  const withoutIndexes = path.replaceAll(/\[\d+\]/g, "[*]");
  if (bodyPattern(withoutIndexes) !== undefined) {
    return { message: `"${path}" is not a valid path: all elements of an array share one`, allowed: withoutIndexes };
  }
  const allowed = "$.items[*].price, $.*.at (one member), $..at (at any depth), ['a.b'] for other names";
  return { message: `"${path}" is not a valid path`, allowed };
}

/** What Node adds to an error of `listen`, or of the lookup before it. */
interface NetworkError extends NodeJS.ErrnoException {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly hostname?: string | undefined;
}

/** Explains an error of opening a listener. @returns one line; undefined for any other error */
export function listenProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.startsWith("cannot listen on ")) return error.message;
  // The proxy threads explain their errors themselves, so this is one of the admin listener.
  const { syscall, address, hostname, port } = error as NetworkError;
  if (syscall !== "listen" && syscall !== "getaddrinfo") return undefined;
  return listenError(error, port === undefined ? `${hostname}` : `${address}:${port}`, "--admin");
}

/** @returns a line for the terminal: `warning: shadowdiff.yaml:9:5 routes[1]: unreachable: …` */
export function warningLine(problem: Problem): string {
  return `${severityOf(problem)}: ${escapeText(problemLine(problem))}\n`;
}
