import { createScanner } from "jsonc-parser";
import { ARRAY, CLOSES, COMMA, LineBuilder, OPENS, type LineTable } from "./line-table.ts";

const SPACE = 0x20;

interface Container {
  readonly line: number;
  readonly isArray: boolean;
}

/** Writes tokens as lines with one value each, as they are spelled in the document. */
class JsonPrinter {
  readonly #lines = new LineBuilder();
  readonly #open: Container[] = [];
  /** The key of the next value, with its colon. */
  #prefix = "";
  #keyLength = 0;
  /** Whether the next string is a key: after the opening brace of an object, or a comma in it. */
  #expectsKey = false;

  add(token: string): void {
    switch (token) {
      case "{":
      case "[":
        return this.#openContainer(token);
      case "}":
      case "]":
        return this.#closeContainer(token);
      case ",":
        if (this.#lines.count > 0) this.#lines.addFlags(this.#lines.count - 1, COMMA);
        this.#expectsKey = this.#open.at(-1)?.isArray === false;
        return undefined;
      case ":":
        this.#prefix += ": ";
        return undefined;
      default:
        return this.#addScalar(token);
    }
  }

  build(): LineTable {
    if (this.#prefix !== "") this.#addLine("", 0);
    // A document that was cut off closes nothing.
    for (const { line } of this.#open) this.#lines.close(line);
    return this.#lines.build();
  }

  #addScalar(text: string): void {
    if (this.#expectsKey && text.startsWith('"')) {
      this.#prefix = text;
      this.#keyLength = text.length;
      this.#expectsKey = false;
    } else this.#addLine(text, 0);
  }

  #openContainer(text: "{" | "["): void {
    const isArray = text === "[";
    this.#addLine(text, OPENS | (isArray ? ARRAY : 0));
    this.#open.push({ line: this.#lines.count - 1, isArray });
    this.#expectsKey = !isArray;
  }

  #closeContainer(text: string): void {
    const container = this.#open.pop();
    this.#expectsKey = false;
    if (container === undefined) return this.#addLine(text, 0);
    const arrayFlag = container.isArray ? ARRAY : 0;
    if (container.line === this.#lines.count - 1) return this.#lines.append(text, arrayFlag);
    this.#addLine(text, CLOSES | arrayFlag);
    return this.#lines.close(container.line);
  }

  #addLine(text: string, flags: number): void {
    this.#lines.add(this.#prefix + text, this.#open.length, flags, this.#keyLength);
    this.#prefix = "";
    this.#keyLength = 0;
  }
}

/**
 * JSON with a line per value, without recursion, so that no depth exhausts the stack. Numbers and strings keep their spelling. A
 * text that is not valid is written as far as it has tokens.
 */
export function jsonLines(text: string): LineTable {
  const scanner = createScanner(text, false);
  const printer = new JsonPrinter();
  for (;;) {
    scanner.scan();
    const from = scanner.getTokenOffset();
    const token = text.slice(from, from + scanner.getTokenLength());
    // The end of the text is the only empty token.
    if (token === "") break;
    if (!isBlank(token)) printer.add(token.includes("\n") ? token.replaceAll("\n", " ") : token);
  }
  return printer.build();
}

function isBlank(token: string): boolean {
  return token.charCodeAt(0) <= SPACE && token.trim() === "";
}

/** jsonc-parser accepts comments and repairs errors; `JSON.parse` does neither. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
