import type { RequestsConfig } from "../model/config.ts";

/** RFC 3986 §3.2.2 and §3.2.3: a registered name or an address, and a port. User information is not allowed. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::\d{0,5})?$/i;
/** RFC 9112 §3.2: visible ASCII without a fragment. */
const TARGET = /^[\u0021\u0022\u0024-\u007e]+$/;
/** The same with bytes outside ASCII, one character each. */
const RAW_TARGET = /^[\u0021\u0022\u0024-\u007e\u0080-\u00ff]+$/;
const OUTSIDE_ASCII = /[\u0080-\u00ff]/g;
const HEX = 16;

/** Whether a text is a host with or without a port, as in a Host field. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/**
 * @param url one character per byte
 * @returns the target as it is routed and forwarded; null if it has forbidden bytes
 */
export function acceptedTarget(url: string, nonAscii: RequestsConfig["nonAsciiTargets"]): string | null {
  if (TARGET.test(url)) return url;
  if (nonAscii === "reject" || !RAW_TARGET.test(url)) return null;
  if (nonAscii === "forward") return url;
  // RFC 3986 §2.1: upper case.
  return url.replaceAll(OUTSIDE_ASCII, (byte) => `%${byte.charCodeAt(0).toString(HEX).toUpperCase()}`);
}

/** Returns the path of a request target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

/** Returns the first query parameter of this name. Percent-encoding is not decoded, as in Envoy's matching. */
export function queryValue(target: string, name: string): string | undefined {
  const start = target.indexOf("?");
  if (start === -1) return undefined;
  for (const pair of target.slice(start + 1).split("&")) {
    const equals = pair.indexOf("=");
    if ((equals === -1 ? pair : pair.slice(0, equals)) === name) return equals === -1 ? "" : pair.slice(equals + 1);
  }
  return undefined;
}
