import { quoted } from "../quoted.ts";
import type { Outcome } from "../record-sink.ts";
import { outcomeOf } from "../request-outcome.ts";

const LINE = /^(?:([A-Z][A-Z-]*)[ \t]+)?(\S+)$/;

/**
 * Reads a line of a list: a path or an absolute URL, with a method in front unless it is GET.
 * @param line one character per byte
 * @returns undefined for an empty line and for a comment, which begins with `#`
 */
export function readUrlLine(line: string): Outcome | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const [, method = "GET", url] = LINE.exec(text) ?? [];
  if (url === undefined) return { problem: `${quoted(text)} is neither a URL nor a method and a URL` };
  return outcomeOf({ method, url, headers: [] });
}
