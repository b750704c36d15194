import { RE2JS } from "re2js";

/** What a JSON Schema validator needs of an expression; its text tells it from others. */
interface Expression {
  test(text: string): boolean;
  toString(): string;
}

/**
 * A JavaScript expression that takes linear time. RE2 lacks references and assertions: an expression with one takes as long as the
 * engine of JavaScript needs.
 * @param pattern ECMA-262, with or without the flag `u`, as schemas in the wild are written for either
 * @throws SyntaxError for neither
 */
export function linearExpression(pattern: string): Expression {
  try {
    const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text) => expression.matcher(text).find(), toString: () => `/${pattern}/re2` };
  } catch {
    return backtrackingExpression(pattern);
  }
}

function backtrackingExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}
