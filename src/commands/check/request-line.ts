import { split } from "shlex";
import type { RequestsConfig } from "../../model/config.ts";
import { acceptedTarget } from "../../http/request-target.ts";
import type { RoutableHead } from "../../proxy/routing/match-conditions.ts";

const EXAMPLE = `write METHOD TARGET and headers with -H, like: GET /users?page=2 -H "Accept: text/html"`;
const METHOD = /^[A-Z][A-Z-]*$/;
const HEADER = /^(?<name>[!#$%&'*+.^_`|~\w-]+):(?<value>.*)$/s;
const REJECTED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);
const HEADER_FLAGS: ReadonlySet<string> = new Set(["-H", "--header"]);

/** The text is not a request. The message says why and how to write one. */
export class RequestLineError extends Error {
  override readonly name = "RequestLineError";
}

/**
 * Parses a request as typed into a shell: `GET /my-app -H "User-Agent: Chrome"`. The method defaults to GET, the target can be a
 * URL, and a Host header overrides the host of the URL.
 * @param defaultHost when the line has neither
 * @param nonAsciiTargets as the listener handles them
 * @throws {RequestLineError}
 */
export function parseRequestLine(
  line: string,
  defaultHost: string,
  nonAsciiTargets: RequestsConfig["nonAsciiTargets"],
): RoutableHead {
  const { words, received } = splitHeaders(splitWords(line));
  const [first = "", second] = words;
  if (words.length > 2) throw new RequestLineError(`unexpected ${JSON.stringify(words[2])}; ${EXAMPLE}`);
  const method = second === undefined && isTarget(first) ? "GET" : first;
  const target = second ?? (isTarget(first) ? first : undefined);
  if (target === undefined)
    throw new RequestLineError(first === "" ? `the request is empty; ${EXAMPLE}` : `no target; ${EXAMPLE}`);
  if (!METHOD.test(method))
    throw new RequestLineError(`${JSON.stringify(method)} is not a method in upper case; ${EXAMPLE}`);
  if (REJECTED_METHODS.has(method)) throw new RequestLineError(`shadowdiff rejects ${method} with 405 for all routes`);
  const hosts = received.flatMap((name, index) => (name.toLowerCase() === "host" ? [received[index + 1] ?? ""] : []));
  // RFC 9112 §3.2.
  if (hosts.length > 1) throw new RequestLineError("shadowdiff responds with 400 to a request with two Host headers");
  const [host] = hosts;
  const located = parseTarget(target, method);
  // A terminal sends UTF-8.
  const accepted = acceptedTarget(Buffer.from(located.target).toString("latin1"), nonAsciiTargets);
  if (accepted === null) {
    throw new RequestLineError(
      `shadowdiff responds with 400 to ${JSON.stringify(located.target)}; write ${encodeURI(located.target)}`,
    );
  }
  const authority = (host ?? located.authority ?? defaultHost).toLowerCase();
  const withHost = host === undefined ? ["Host", authority, ...received] : received;
  return { method, target: accepted, scheme: located.scheme, authority, received: withHost };
}

/** The words of a POSIX shell (§2.2) without expansions. */
function splitWords(line: string): readonly string[] {
  try {
    return split(line);
  } catch (error) {
    throw new RequestLineError((error as Error).message.includes("quote") ? "unclosed quote" : "trailing backslash");
  }
}

function isTarget(word: string): boolean {
  return word.startsWith("/") || /^https?:\/\//i.test(word);
}

interface RequestTarget {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly target: string;
}

function parseTarget(target: string, method: string): RequestTarget {
  // RFC 9112 §3.2: a space ends the target.
  if (/\s/.test(target)) {
    throw new RequestLineError(`${JSON.stringify(target)} contains a space, which ends a request target; write %20`);
  }
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) {
    // Browsers never send the fragment.
    return { scheme: "http", authority: undefined, target: target.replace(/#.*$/s, "") };
  }
  const url = /^https?:\/\//i.test(target) ? URL.parse(target) : null;
  if (url === null) throw new RequestLineError(`${JSON.stringify(target)} is not a path or URL; ${EXAMPLE}`);
  return { scheme: url.protocol.slice(0, -1), authority: url.host, target: url.pathname + url.search };
}

function splitHeaders(all: readonly string[]): { readonly words: readonly string[]; readonly received: string[] } {
  const words: string[] = [];
  const received: string[] = [];
  for (let index = 0; index < all.length; index += 1) {
    const word = all[index] ?? "";
    if (HEADER_FLAGS.has(word)) {
      index += 1;
      received.push(...parseHeader(all[index]));
    } else if (word.startsWith("-")) {
      throw new RequestLineError(`unknown option ${word}; ${EXAMPLE}`);
    } else {
      words.push(word);
    }
  }
  return { words, received };
}

function parseHeader(text: string | undefined): readonly [name: string, value: string] {
  if (text === undefined) throw new RequestLineError(`-H requires a header; ${EXAMPLE}`);
  const match = HEADER.exec(text);
  if (match?.groups === undefined) {
    throw new RequestLineError(`${JSON.stringify(text)} is not a header; write -H "Name: value"`);
  }
  const { name = "", value = "" } = match.groups;
  return [name, value.trim()];
}
