import type { OnQuirk, RawHeaders } from "../../model/capture.ts";
import { isFieldValue, isToken } from "./header-writer.ts";
import { trimBlanks } from "./trim-blanks.ts";

const LF = 0x0a;
const CR = 0x0d;
const PROTOCOL = Buffer.from("HTTP/");
const NO_OFFSET = -1;

const CR_WITHOUT_LF = "a CR without LF";
const BLANK_AT_START = /^[ \t]/;

/** A head or a trailer section that a strict parser refuses. */
export interface ToleratedSection {
  /** Empty for trailers. */
  readonly startLine: string;
  /** Names and values in turn, in a form that can be written again. */
  readonly fields: RawHeaders;
  /** Why the bytes are not HTTP; empty if they are. Contains none of them. */
  readonly problem: string;
}

/** Finds the end of a section whose lines can end with a bare LF. Its bytes can arrive in pieces of any size. */
export class ToleratedSectionEnd {
  /** The bytes cannot become a status line. */
  isHopeless = false;
  /** The start line was found, or there is none: the next empty line ends the section. */
  #hasStartLine: boolean;
  #lineStart = 0;
  #searched = 0;

  constructor(expectsStartLine: boolean) {
    this.#hasStartLine = !expectsStartLine;
  }

  /**
   * @param bytes begin with the section; the next call has the same bytes and more
   * @returns the offset after the empty line that ends the section, or -1
   */
  find(bytes: Buffer, end: number): number {
    const section = bytes.subarray(0, end);
    for (let lf = section.indexOf(LF, this.#searched); lf !== NO_OFFSET; lf = section.indexOf(LF, lf + 1)) {
      const isEmpty = lf === this.#lineStart || (lf === this.#lineStart + 1 && section[lf - 1] === CR);
      if (isEmpty && this.#hasStartLine) return lf + 1;
      if (!isEmpty) {
        this.#checkProtocol(section);
        this.#hasStartLine = true;
      }
      this.#lineStart = lf + 1;
    }
    this.#searched = end;
    this.#checkProtocol(section);
    return NO_OFFSET;
  }

  /** A server of another protocol is recognized by its first bytes, because it can wait for ours. */
  #checkProtocol(section: Buffer): void {
    if (this.#hasStartLine || section[this.#lineStart] === CR) return;
    const start = section.subarray(this.#lineStart, this.#lineStart + PROTOCOL.length);
    this.isHopeless ||= !start.equals(PROTOCOL.subarray(0, start.length));
  }
}

/**
 * Reads a section that the tokenizer refuses, as RFC 9112 §2.2, §5.1 and §5.2 allow it for responses: lines that end with a
 * bare LF, folded lines, white space before a colon, and control characters in values. No CR or NUL reaches a value. Lines
 * that are no fields make a head malformed; among trailers they are left out (RFC 9110 §6.5.1), because the body is complete.
 * @param text complete, one character per byte
 * @param maxLines a section with more lines is malformed
 * @param onQuirk receives each deviation, also repeatedly
 */
export function readToleratedSection(
  text: string,
  hasStartLine: boolean,
  maxLines: number,
  onQuirk: OnQuirk,
): ToleratedSection {
  const fields: string[] = [];
  /** The lines of the last value, which can continue on the next line; null when there is no last value. */
  let value: string[] | null = null;
  let startLine: string | undefined;
  let lines = 0;
  for (const line of linesOf(text, onQuirk)) {
    lines += 1;
    if (lines > maxLines) return malformed(`more than ${maxLines} lines`);
    if (hasStartLine && startLine === undefined) {
      if (line.includes("\r")) return malformed(CR_WITHOUT_LF);
      if (line === "") onQuirk("status-line");
      else startLine = withoutControls(line, onQuirk);
      continue;
    }
    if (line === "") continue;
    const isFolded = BLANK_AT_START.test(line);
    const colon = isFolded ? 0 : line.indexOf(":");
    const name = trimBlanks(line, 0, Math.max(0, colon));
    const problem = problemOf(line, isFolded ? value !== null : isToken(name));
    if (problem !== "") {
      if (hasStartLine) return malformed(problem);
      onQuirk("invalid-trailer");
      if (value !== null) fields.push(joinLines(value, onQuirk));
      value = null;
    } else if (isFolded) {
      onQuirk("folded-line");
      value?.push(trimBlanks(line, 0, line.length));
    } else {
      if (name.length < colon) onQuirk("space-before-colon");
      if (value !== null) fields.push(joinLines(value, onQuirk));
      fields.push(name);
      value = [trimBlanks(line, colon + 1, line.length)];
    }
  }
  if (value !== null) fields.push(joinLines(value, onQuirk));
  return { startLine: startLine ?? "", fields, problem: "" };
}

function problemOf(line: string, isField: boolean): string {
  if (line.includes("\r")) return CR_WITHOUT_LF;
  return isField ? "" : "a line is not a field";
}

/** The lines of a section, the empty one at its end included. */
function* linesOf(text: string, onQuirk: OnQuirk): Generator<string> {
  for (let at = 0; at < text.length;) {
    const lf = text.indexOf("\n", at);
    const hasCr = lf > at && text.charCodeAt(lf - 1) === CR;
    if (!hasCr) onQuirk("bare-lf");
    yield text.slice(at, hasCr ? lf - 1 : lf);
    at = lf + 1;
  }
}

/** RFC 9112 §5.2: each fold becomes a space. */
function joinLines(lines: readonly string[], onQuirk: OnQuirk): string {
  return withoutControls(lines.length === 1 ? (lines[0] ?? "") : lines.join(" ").trim(), onQuirk);
}

/** RFC 9110 §5.5: NUL must be replaced, other control characters may be retained. */
function withoutControls(text: string, onQuirk: OnQuirk): string {
  if (isFieldValue(text)) return text;
  onQuirk("control-character");
  return text.replaceAll("\0", " ");
}

function malformed(problem: string): ToleratedSection {
  return { startLine: "", fields: [], problem };
}
