import type { YAMLError } from "yaml";

/** What is wrong with the text of a document, and what to write; `allowed` is empty if the message says it. */
interface SyntaxProblem {
  readonly message: string;
  readonly allowed: string;
}

const INDENTED: ReadonlySet<string> = new Set([
  "BAD_INDENT",
  "BLOCK_AS_IMPLICIT_KEY",
  "MULTILINE_IMPLICIT_KEY",
  "TAB_AS_INDENT",
]);

/** Explains an error of the YAML parser, which describes the most common ones poorly. @param text of the file */
export function syntaxProblem({ code, message, pos: [offset] }: YAMLError, text: string): SyntaxProblem {
  const rest = text.slice(offset).split("\n", 1)[0] ?? "";
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  if (code === "MULTIPLE_DOCS") return { message: "a second document starts here; only one is allowed", allowed: "" };
  if (code === "DUPLICATE_KEY") {
    const [key] = /^(?:"[^"]*"|'[^']*'|[^:\s]+)/.exec(rest) ?? [message];
    return { message: `the field ${key} occurs twice; remove one`, allowed: "" };
  }
  if (code === "UNEXPECTED_TOKEN" && /^[{}]/.test(rest)) {
    return { message: 'a text with braces must be quoted, such as "GET /users/{id}"', allowed: "" };
  }
  const isKeyError = code === "MULTILINE_IMPLICIT_KEY" || message.startsWith("Implicit map keys need");
  if (isKeyError && !/:(?:\s|$)/.test(line)) return { message: withoutColon(line), allowed: "" };
  if (!INDENTED.has(code) || message.startsWith("Flow ")) return { message, allowed: "" };
  return { message, allowed: "the fields of a mapping must start in the same column, indented with spaces" };
}

/** `listen:8080` and `listen 8080` are texts without a field. */
function withoutColon(line: string): string {
  const [, field, value] = /^([\w-]+)[:\s]+(\S.*)$/.exec(line.trim()) ?? [];
  return field === undefined
    ? "this line has no field; write field: value"
    : `this line has no field; write a colon and a space: ${field}: ${value}`;
}
