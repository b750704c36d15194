import { unreachable } from "../../lib/unreachable.ts";
import { FINGERPRINT } from "../../model/sample.ts";
import type { DecidingPart, RequestPart } from "../../model/isolate/isolation.ts";

/** How a part is written: `currency=EUR`, `accept-language: de`, `cookie beta`. Secrets are left out. */
export function partText({ kind, name, value }: RequestPart): string {
  const isSecret = value.includes(FINGERPRINT);
  switch (kind) {
    case "header":
      return isSecret ? `${name}: …` : `${name}: ${value}`;
    case "query":
      return isSecret ? `${name}=…` : `${name}=${value}`;
    case "cookie":
      return isSecret ? `cookie ${name}` : `cookie ${name}=${value}`;
    case "path":
      return isSecret ? `{${name}}` : value;
    case "body":
      return isSecret ? name : `${name} = ${value}`;
  }
  return unreachable(kind);
}

/** `remove currency=EUR and it is gone` @param needsValue see `ClearDecidingPart` */
export function decidingWords(
  part: Omit<DecidingPart, "words">,
  { needsValue, neutral }: { readonly needsValue: boolean | null; readonly neutral: string | undefined },
): string {
  const text = `\`${partText(part)}\``;
  if (part.kind === "path") return `replace ${text} in the path with \`${part.replacement ?? ""}\` and it is gone`;
  const words = `remove ${text}${part.kind === "body" ? " from the body" : ""} and it is gone`;
  if (needsValue === false) return `${words}; any value will do`;
  return needsValue === true && neutral !== undefined ? `${words}; with another value (\`${neutral}\`) too` : words;
}
