import type { OnQuirk } from "../../model/capture.ts";

export interface StatusLine {
  readonly isHttp10: boolean;
  readonly status: number;
  readonly reason: string;
}

/** Offsets of the parts of `HTTP/1.1 200 Reason`. */
const MINOR_AT = 7;
const CODE_AT = 9;
const CODE_END = 12;
const STRICT = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
/** RFC 9112 §4 lets a recipient accept white space; a version that is not known is read as 1.1 (RFC 9110 §2.5). */
const TOLERATED = /^HTTP\/[1-9]\.\d[ \t]+(?!0+(?:\s|$))(\d{1,3})(?:[ \t](.*))?$/;

/**
 * Reads the status line of a response (RFC 9112 §4).
 * @param onQuirk receives a deviation
 * @returns null when it is malformed
 */
export function parseStatusLine(line: string, onQuirk: OnQuirk): StatusLine | null {
  if (STRICT.test(line)) {
    return {
      isHttp10: line.charAt(MINOR_AT) === "0",
      status: Number(line.slice(CODE_AT, CODE_END)),
      reason: line.slice(CODE_END + 1),
    };
  }
  const [, code, reason = ""] = TOLERATED.exec(line) ?? [];
  if (code === undefined) return null;
  const isHttp10 = line.startsWith("HTTP/1.0");
  const isKnown = isHttp10 || line.startsWith("HTTP/1.1");
  const status = Number(code);
  if (!isKnown) onQuirk("http-version");
  if (!STRICT.test(`HTTP/1.1${line.slice("HTTP/1.1".length)}`)) onQuirk("status-line");
  return { isHttp10, status, reason };
}
