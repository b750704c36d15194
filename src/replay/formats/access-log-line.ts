import { isHost } from "../../http/request-target.ts";
import { quoted } from "../quoted.ts";
import type { Outcome } from "../record-sink.ts";
import { outcomeOf } from "../request-outcome.ts";
import { logTime } from "./log-time.ts";

/**
 * `%h %l %u %t "%r" %>s %b`, with the host in front, with referrer and user agent behind, and with any further fields. The time
 * follows a host, an identity and a user, which can contain any text.
 */
const LINE =
  /^(.*?)\[?(\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:.]{8,18} [+-]\d{4}|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d))\]? "((?:[^"\\]|\\.)*)" (?:\d{3}|-)(.*)$/;
/** After the status: size, referrer and user agent. */
const COMBINED = /^ (?:\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/;
const REQUEST = /^(\S+) (\S+) HTTP\/\d(?:\.\d)?$/;
/** nginx writes `\xXX`; Apache httpd also writes the escapes of C. */
const ESCAPE = /\\(?:x([\dA-Fa-f]{2})|(.))/g;
const C_ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const DEFAULT_PORT = /:(?:80|443)$/;
/** Only these are complete in a log, which has no bodies. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Reads a line of an access log of nginx or Apache httpd. Its lane is the address of the client.
 * @param line one character per byte
 * @returns undefined for an empty line
 */
export function readAccessLogLine(line: string): Outcome | undefined {
  if (line === "") return undefined;
  const [, who = "", time = "", request = "", rest = ""] = LINE.exec(line) ?? [];
  if (time === "") return { problem: `${quoted(line)} is not a line of an access log` };
  const at = logTime(time);
  if (at === undefined) return { problem: `${quoted(time)} is not a time` };
  const written = unescape(request);
  if (written === "" || written === "-") return { skipped: "empty" };
  const [, method = "", url = ""] = REQUEST.exec(written) ?? [];
  if (method === "") return { problem: `${quoted(written)} is not a request line` };
  const { client, host } = parties(who);
  const outcome = outcomeOf({ method, url, at, lane: client, headers: [...host, ...combinedHeaders(rest)] });
  return "request" in outcome && !WITHOUT_BODY.has(method) ? { skipped: "method" } : outcome;
}

/** Whether the line has the form of a log, for detection. */
export function isAccessLogLine(line: string): boolean {
  return LINE.test(line);
}

/** With four or more words, the first is the host, unless a user name contains a space: `192.0.2.1 - Ann Lee`. */
function parties(who: string): { client: string | undefined; host: string[] } {
  const [first = "", second = "", third, fourth] = who.trim().split(/ +/);
  if (third === undefined || fourth === undefined || second === "-") return { client: addressOf(first), host: [] };
  const host = first.replace(DEFAULT_PORT, "");
  return { client: addressOf(second), host: isHost(host) && !/^[_-]$/.test(host) ? ["Host", host] : [] };
}

function addressOf(text: string): string | undefined {
  return text === "" || text === "-" ? undefined : text;
}

function combinedHeaders(rest: string): string[] {
  const [, referrer = "-", userAgent = "-"] = COMBINED.exec(rest) ?? [];
  return [...headerOf("User-Agent", userAgent), ...headerOf("Referer", referrer)];
}

function headerOf(name: string, value: string): string[] {
  return value === "-" || value === "" ? [] : [name, unescape(value)];
}

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(ESCAPE, (_, hex: string | undefined, letter = "") =>
    hex === undefined ? (C_ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
