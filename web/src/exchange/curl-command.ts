import type { RawHeaders } from "../../../src/model/capture.ts";

export interface CurlRequest {
  readonly method: string;
  /** Origin form. */
  readonly target: string;
  readonly headers: RawHeaders;
}

/** Framing of a body that was not kept, and what curl writes itself for the connection. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** One argument for a POSIX shell: inside single quotes nothing has a meaning but the single quote itself. */
function shellQuote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** `-H` reads `Name;` as an empty value; `Name:` would take the field away (curl's manual, --header). */
function headerArgument(name: string, value: string): string {
  return value === "" ? `${name};` : `${name}: ${value}`;
}

/**
 * The request as a command to paste into a shell. Captured text cannot leave its quotes.
 * @param origin where to send it, `http://127.0.0.1:8080`
 */
export function curlCommand(origin: string, { method, target, headers }: CurlRequest): string {
  const fields: string[] = [];
  let compressed = false;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (name.toLowerCase() === "accept-encoding") compressed = true;
    if (!LEFT_OUT.has(name.toLowerCase()))
      fields.push(`-H ${shellQuote(headerArgument(name, headers[index + 1] ?? ""))}`);
  }
  // With -X HEAD curl would wait for a body. --globoff and --path-as-is: the target goes out byte for byte.
  const verb = method === "HEAD" ? "--head" : `-X ${shellQuote(method)}`;
  const options = ["curl -sS -i --globoff --path-as-is", ...(compressed ? ["--compressed"] : []), verb];
  return [options.join(" "), ...fields, shellQuote(origin + target)].join(" \\\n  ");
}
