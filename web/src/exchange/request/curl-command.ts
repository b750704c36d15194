import type { RawHeaders } from "../../../../src/model/capture.ts";
import { endToEndFields } from "../../../../src/presentation/exchange/end-to-end-fields.ts";

interface CurlRequest {
  readonly method: string;
  /** Origin form. */
  readonly target: string;
  readonly headers: RawHeaders;
}

/** Quotes an argument for a POSIX shell: between single quotes, only the single quote is special. */
function shellQuote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** In `-H`, `Name;` is an empty value; `Name:` would remove the field (curl's manual, --header). */
function headerArgument(name: string, value: string): string {
  return value === "" ? `${name};` : `${name}: ${value}`;
}

/**
 * The request as a shell command. Captured text is quoted and cannot run.
 * @param origin of the target URL: `http://127.0.0.1:8080`
 */
export function curlCommand(origin: string, { method, target, headers }: CurlRequest): string {
  const sent = endToEndFields(headers);
  const compressed = sent.some(([name]) => name.toLowerCase() === "accept-encoding");
  const fields = sent.map(([name, value]) => `-H ${shellQuote(headerArgument(name, value))}`);
  // With -X HEAD, curl waits for a body. --globoff and --path-as-is keep every byte of the target.
  const verb = method === "HEAD" ? "--head" : `-X ${shellQuote(method)}`;
  const options = ["curl -sS -i --globoff --path-as-is", ...(compressed ? ["--compressed"] : []), verb];
  return [options.join(" "), ...fields, shellQuote(origin + target)].join(" \\\n  ");
}
