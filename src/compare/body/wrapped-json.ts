import type { JsonObject } from "../tree/json-tree.ts";
import { emptyObject } from "./parsers/tree-members.ts";

/** What is around a JSON text, so that a browser does not run it as a script, or does. */
export interface JsonWrapper {
  /** The text before the JSON, and the text after it. */
  readonly before: string;
  readonly after: string;
  /** What is compared: `$prefix`, and `$callback` of JSONP. */
  readonly members: JsonObject;
}

export interface WrappedJson {
  readonly json: string;
  readonly wrapper: JsonWrapper;
}

/** `)]}'` (Angular, Google, Spring), `for(;;);` (Facebook), `while(1);` and `throw 1;` (Google), `{} &&` (Dojo, Spring). */
const PREFIX =
  /^\s{0,20}(?:\)\]\}'?,?|(?:while\s?\((?:1|true)\)|for\s?\(\s?;\s?;\s?\))\s?;|throw 1;(?:\s?<[^<>\r\n]{1,40}>)?|\{\}\s?&&)\s{0,20}/;
const NAME = String.raw`[A-Za-z_$][\w$]{0,199}(?:\.[\w$]{1,200}|\[(?:\d{1,9}|"[\w$-]{1,200}"|'[\w$-]{1,200}')\]){0,10}`;
/** A comment (against CVE-2014-4671), a check that the callback exists, and the callback. */
const CALL = new RegExp(
  String.raw`^\s{0,20}(/\*[^*]{0,100}\*/)?\s{0,20}(?:(typeof\s{1,5}|)(${NAME})(\s{0,5}(?:={2,3}\s{0,5}["']function["']\s{0,5})?&&)\s{0,20})?(${NAME})\s{0,5}\(`,
);
const CALL_END = /\)\s{0,20};?\s{0,20}$/;
/** No end of a call is longer. */
const MAX_END_CHARS = 42;

/**
 * Finds the JSON text in a text that begins with a prefix against inclusion as a script, or that calls a function with it
 * (JSONP). The prefix is compared as it is written, since clients cut it off by its length; of a call, white space and the
 * semicolon at its end do not count.
 * @returns undefined for any other text; the JSON text itself is not checked
 */
export function unwrapJson(text: string): WrappedJson | undefined {
  const prefix = PREFIX.exec(text)?.[0];
  if (prefix !== undefined) return wrapped(text, prefix.length, text.length, { $prefix: prefix });
  const [call, comment = "", check = "", checked, operator = "", callback = ""] = CALL.exec(text) ?? [];
  if (call === undefined) return undefined;
  const endStart = Math.max(call.length, text.length - MAX_END_CHARS);
  const end = CALL_END.exec(text.slice(endStart));
  if (end === null) return undefined;
  const guard = checked === undefined ? "" : `${check}${checked === callback ? "$callback" : checked}${operator}`;
  const before = `${comment} ${guard}`.trim();
  const members = { $callback: callback, ...(before !== "" && { $prefix: before }) };
  return wrapped(text, call.length, endStart + end.index, members);
}

/** The position at which the JSON text would begin; 0 without a prefix or call. Also for a text that has been cut. */
export function jsonStart(text: string): number {
  return (PREFIX.exec(text) ?? CALL.exec(text))?.[0].length ?? 0;
}

function wrapped(text: string, start: number, end: number, members: { readonly [name: string]: string }): WrappedJson {
  const wrapper = {
    before: text.slice(0, start),
    after: text.slice(end),
    members: Object.assign(emptyObject(), members),
  };
  return { json: text.slice(start, end), wrapper };
}
