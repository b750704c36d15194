import { z } from "zod";
import type { HeaderOperations } from "../../../model/routing.ts";
import { required } from "../../options/option.ts";
import { listOf, type ValueType } from "../../values/value-type.ts";
import { namedValues } from "../../values/schema-checks.ts";
import { headerName, headerValue } from "../../values/http-texts.ts";

/** Headers of one connection or of the framing of one message (RFC 9110 §7.6.1, RFC 9112 §6). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.has(name.toLowerCase());
}

const changeableHeader: ValueType<string> = {
  ...headerName,
  parse(value) {
    const parsed = headerName.parse(value);
    if ("problem" in parsed) return parsed;
    if (isConnectionHeader(parsed.value))
      return { problem: `${parsed.value} is a connection header and cannot be changed` };
    return parsed.value.toLowerCase() === "host"
      ? { problem: "Host cannot be changed here; write rewrite.authority, or host of a candidate" }
      : parsed;
  },
};

const pairs = (): ReturnType<typeof namedValues<string>> => namedValues(changeableHeader, required(headerValue), true);

export const NO_OPERATIONS: HeaderOperations = { set: [], add: [], remove: [] };

/** Applied in the order set, add, remove. */
export const headerOperations: z.ZodType<HeaderOperations, object | undefined> = z
  .strictObject({
    set: pairs().describe("Header names and the values that replace existing ones"),
    add: pairs().describe("Header names and values that are added to existing ones"),
    remove: required(listOf(changeableHeader)).default([]).describe("Names of headers to remove"),
  })
  .prefault({ set: {}, add: {} });

/** `headers` of a route and of a primary. */
export const requestAndResponseHeaders = z.strictObject({
  request: headerOperations.describe("Changes to the request sent to the upstream"),
  response: headerOperations.describe("Changes to the response sent to the client"),
});
