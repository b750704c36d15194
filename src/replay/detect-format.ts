import type { RecordingFormat } from "../model/replay/recording.ts";
import { isAccessLogLine } from "./formats/access-log-line.ts";
import { isGorHead } from "./formats/gor-reader.ts";

/** Lines that are looked at: the first ones of a log can be broken. */
const MAX_LINES = 100;
/** The first key says which of the two it is. */
const HAR = /^\s*\{\s*"log"\s*:/;
const JSON_OBJECT = /^\s*\{\s*"/;
const URL_LINE = /^(?:[A-Z][A-Z-]*[ \t]+)?(?:\/|https?:\/\/)\S*$/;

/**
 * Recognizes a format by its content.
 * @param start of the file, one character per byte, without a byte order mark
 * @param isAll the file has no more
 * @returns undefined when it is unknown; null when more of the file could tell
 */
export function detectFormat(start: string, isAll: boolean): RecordingFormat | undefined | null {
  if (HAR.test(start)) return "har";
  if (JSON_OBJECT.test(start)) return isAll || /"[^"]*"\s*:/.test(start) ? "ndjson" : null;
  const lines = start.split("\n", MAX_LINES + 1);
  const complete = isAll || lines.length > MAX_LINES ? lines : lines.slice(0, -1);
  for (const line of complete) {
    const format = formatOfLine(line.replace(/\r$/, ""));
    if (format !== undefined) return format;
  }
  return isAll || complete.length > MAX_LINES ? undefined : null;
}

function formatOfLine(line: string): RecordingFormat | undefined {
  if (isGorHead(line)) return "gor";
  if (isAccessLogLine(line)) return "access-log";
  return URL_LINE.test(line.trim()) ? "urls" : undefined;
}
