import type { RoutableHead } from "../../proxy/routing/match-conditions.ts";

const EXAMPLE = `write METHOD TARGET, and headers with -H, like: GET /users?page=2 -H "Accept: text/html"`;
const METHOD = /^[A-Z][A-Z-]*$/;
const HEADER = /^(?<name>[!#$%&'*+.^_`|~\w-]+):(?<value>.*)$/s;
const REFUSED: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);
const HEADER_FLAGS: ReadonlySet<string> = new Set(["-H", "--header"]);

/** The text does not describe a request; the message says why and how to write one. */
export class RequestLineError extends Error {
  override readonly name = "RequestLineError";
}

/**
 * Reads a request as a person types it into a shell: `GET /my-app -H "User-Agent: Chrome"`. The method may be left out, the
 * target may be a whole URL, and a Host header beats the host of the URL.
 * @param defaultHost when there is neither
 * @throws {RequestLineError}
 */
export function parseRequestLine(line: string, defaultHost: string): RoutableHead {
  const { words, received } = withoutHeaders(shellWords(line));
  const [first = "", second] = words;
  if (words.length > 2) throw new RequestLineError(`${JSON.stringify(words[2])} is too much; ${EXAMPLE}`);
  const method = second === undefined && isTarget(first) ? "GET" : first;
  const target = second ?? (isTarget(first) ? first : undefined);
  if (target === undefined) throw new RequestLineError(first === "" ? `empty; ${EXAMPLE}` : `no target; ${EXAMPLE}`);
  if (!METHOD.test(method))
    throw new RequestLineError(`${JSON.stringify(method)} is no method in capitals; ${EXAMPLE}`);
  if (REFUSED.has(method)) throw new RequestLineError(`${method} is answered here with 405, whatever the routes say`);
  const hosts = received.flatMap((name, index) => (name.toLowerCase() === "host" ? [received[index + 1] ?? ""] : []));
  // RFC 9112 §3.2.
  if (hosts.length > 1) throw new RequestLineError("two Host headers: such a request is answered here with 400");
  const [host] = hosts;
  const where = locate(target, method);
  const authority = (host ?? where.authority ?? defaultHost).toLowerCase();
  const withHost = host === undefined ? ["Host", authority, ...received] : received;
  return { method, target: where.target, scheme: where.scheme, authority, received: withHost };
}

function isTarget(word: string): boolean {
  return word.startsWith("/") || /^https?:\/\//i.test(word);
}

function locate(
  target: string,
  method: string,
): { readonly scheme: string; readonly authority: string | undefined; readonly target: string } {
  // RFC 9112 §3.2: it ends the target.
  if (/\s/.test(target)) {
    throw new RequestLineError(`${JSON.stringify(target)} has a space, which no target can carry; write %20`);
  }
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) {
    // A fragment never leaves a browser.
    return { scheme: "http", authority: undefined, target: target.replace(/#.*$/s, "") };
  }
  const url = /^https?:\/\//i.test(target) ? URL.parse(target) : null;
  if (url === null) {
    throw new RequestLineError(`${JSON.stringify(target)} is no target: neither a path nor a URL; ${EXAMPLE}`);
  }
  return { scheme: url.protocol.slice(0, -1), authority: url.host, target: url.pathname + url.search };
}

function withoutHeaders(all: readonly string[]): { readonly words: readonly string[]; readonly received: string[] } {
  const words: string[] = [];
  const received: string[] = [];
  for (let index = 0; index < all.length; index += 1) {
    const word = all[index] ?? "";
    if (HEADER_FLAGS.has(word)) {
      index += 1;
      received.push(...headerOf(all[index]));
    } else if (word.startsWith("-")) {
      throw new RequestLineError(`${word} is not known here; ${EXAMPLE}`);
    } else {
      words.push(word);
    }
  }
  return { words, received };
}

function headerOf(text: string | undefined): readonly [name: string, value: string] {
  if (text === undefined) throw new RequestLineError(`-H has no header behind it; ${EXAMPLE}`);
  const match = HEADER.exec(text);
  if (match?.groups === undefined) {
    throw new RequestLineError(`${JSON.stringify(text)} is no header; write -H "Name: value"`);
  }
  const { name = "", value = "" } = match.groups;
  return [name, value.trim()];
}

/** The quoting of POSIX shells (§2.2) without expansions. */
function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;
  let word: string | undefined;
  let end = 0;
  for (const match of line.matchAll(part)) {
    end = match.index + match[0].length;
    const [all, single, double, escaped, plain] = match;
    const text = single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (text !== undefined) {
      word = (word ?? "") + text;
    } else if (word !== undefined && all !== "") {
      words.push(word);
      word = undefined;
    }
  }
  if (end < line.length) {
    const left = line[end];
    throw new RequestLineError(left === "\\" ? "ends with a backslash" : `the quote ${left} is never closed`);
  }
  return word === undefined ? words : [...words, word];
}
