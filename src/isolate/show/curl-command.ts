import { shellWord, variableName } from "./shell-text.ts";
import type { MaskedRequest } from "./mask-request.ts";

/** What curl sends exactly as it is written in a URL: no fragment, no brackets, no `..`, and nothing that it would encode. */
const PLAIN_TARGET = /^\/(?!\/)[\w\-.~!$&'()*+,;=:@%/?]*$/;
const REDACTED = /\[redacted:[^\]]{0,20}\]/g;
const DOT_SEGMENT = /\/\.{1,2}(?:[/?]|$)/;
/** Fields that curl adds unless the request has them. */
const ADDED_FIELDS = ["accept", "user-agent"];

export interface CurlOptions {
  /** The URL of the primary, without a path. */
  readonly origin: string;
  /** Whether curl may add its own `Accept` and `User-Agent`. */
  readonly mayAddFields: boolean;
}

/** The command that sends a request, for bash, zsh and ksh. Secrets are variables to fill in: `"$HEADER_AUTHORIZATION"`. */
export function curlCommand(request: MaskedRequest, { origin, mayAddFields }: CurlOptions): string {
  const names = new Set(request.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const added = [...(mayAddFields ? [] : ADDED_FIELDS), ...(request.hasBody ? ["content-type"] : [])];
  return [
    "curl -i",
    ...methodWords(request),
    ...targetWords(request.target, origin),
    ...fieldWords(request, origin),
    ...added.filter((name) => !names.has(name)).map((name) => `-H '${name}:'`),
    ...(names.has("accept-encoding") ? ["--compressed"] : []),
    ...bodyWords(request),
  ].join(" ");
}

function methodWords({ method, hasBody }: MaskedRequest): string[] {
  if (method === "HEAD") return ["--head"];
  return method === (hasBody ? "POST" : "GET") ? [] : [`-X ${shellWord(method, () => "")}`];
}

function targetWords(target: string, origin: string): string[] {
  const plain = target.replaceAll(REDACTED, "");
  if (PLAIN_TARGET.test(plain) && !DOT_SEGMENT.test(target)) return [shellWord(origin + target, targetVariable)];
  return [shellWord(origin, targetVariable), `--request-target ${shellWord(target, targetVariable)}`];
}

function targetVariable(index: number, before: string): string {
  const name = /[?&]([^=&]*)=$/.exec(before)?.[1];
  return name === undefined ? variableName("PATH", `SECRET_${index + 1}`) : variableName("QUERY", name);
}

function fieldWords({ headers }: MaskedRequest, origin: string): string[] {
  const words: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "";
    const lower = name.toLowerCase();
    if (lower === "host" && value === new URL(origin).host) continue;
    const variable = (_: number, before: string): string => {
      const cookie = lower === "cookie" ? /(?:^|;\s*|: )([^=;\s]+)=$/.exec(before)?.[1] : undefined;
      return cookie === undefined ? variableName("HEADER", lower) : variableName("COOKIE", cookie);
    };
    // curl takes a semicolon for an empty value.
    words.push(`-H ${shellWord(value === "" ? `${name};` : `${name}: ${value}`, variable)}`);
  }
  return words;
}

function bodyWords({ body, hasBody }: MaskedRequest): string[] {
  if (!hasBody) return [];
  if (body === null) return ['--data-binary "@$BODY_FILE"'];
  const bytes = Buffer.from(body).toString("latin1");
  return [`--data-raw ${shellWord(bytes, (index) => variableName("BODY", String(index + 1)))}`];
}
