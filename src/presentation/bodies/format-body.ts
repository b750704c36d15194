import type { SampleDetailBody } from "../../model/sample.ts";
import { jsonLines } from "./json-lines.ts";
import { LineBuilder, plainLines, type LineTable } from "./line-table.ts";
import { markupLines } from "./markup-lines.ts";

type Body = Pick<SampleDetailBody, "form" | "mediaType" | "text">;

/** A line that is longer was not written for people. */
const MAX_READABLE = 500;

/** A body as lines that differ where the bodies differ: JSON always, other formats when they have few line breaks. */
interface FormattedLines {
  readonly lines: LineTable;
  /** Line breaks were added or removed. */
  readonly isFormatted: boolean;
}

/** Whether a text has a line that is too long to read. */
export function isMinified({ form, text }: Body): boolean {
  if (form === "json") return true;
  for (let from = 0, to = 0; from < text.length; from = to + 1) {
    to = text.indexOf("\n", from);
    if (to === -1) to = text.length;
    if (to - from > MAX_READABLE) return true;
  }
  return false;
}

/** Breaks a body into lines by its format; a text without a known format stays as it is. */
export function formattedLines(body: Body): FormattedLines {
  const { form, mediaType, text } = body;
  if (form === "json") return { lines: jsonLines(text), isFormatted: true };
  if (mediaType.includes("json") || /^\s*[{[]/.test(text)) return { lines: jsonLines(text), isFormatted: true };
  if (mediaType.includes("form-urlencoded")) return { lines: formLines(text), isFormatted: true };
  if (/html|xml|svg/.test(mediaType) || /^\s*<[!?a-z]/i.test(text)) {
    const isXml = !mediaType.includes("text/html") && !/^\s*<!doctype html|^\s*<html/i.test(text);
    return { lines: markupLines(text, isXml), isFormatted: true };
  }
  return { lines: plainLines(text), isFormatted: false };
}

/** A line per field. */
function formLines(text: string): LineTable {
  const lines = new LineBuilder();
  for (const field of text.split(/(?<=&)/)) lines.add(field.replaceAll("\n", " "));
  return lines.build();
}
