import { z } from "zod";
import type { HeaderOperations } from "../../../model/routing.ts";
import { required } from "../../options/option.ts";
import { listOf, type ValueType } from "../../values/value-type.ts";
import { namedValues } from "../../values/named-values.ts";
import { headerName, headerValue } from "../../values/texts.ts";

/** They belong to one connection or to the framing of one message (RFC 9110 §7.6.1, RFC 9112 §6). */
const NOT_OURS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** @param name of a header, in any case */
export function belongsToConnection(name: string): boolean {
  return NOT_OURS.has(name.toLowerCase());
}

const changeable: ValueType<string> = {
  ...headerName,
  parse(value) {
    const parsed = headerName.parse(value);
    if ("problem" in parsed) return parsed;
    if (belongsToConnection(parsed.value))
      return { problem: `${parsed.value} belongs to the connection and cannot be changed` };
    return parsed.value.toLowerCase() === "host"
      ? { problem: "write rewrite.authority, or host of a candidate, to change Host" }
      : parsed;
  },
};

const pairs = (): ReturnType<typeof namedValues<string>> => namedValues(changeable, required(headerValue), true);

export const NO_OPERATIONS: HeaderOperations = { set: [], add: [], remove: [] };

/** Applied in the order set, add, remove. */
export const headerOperations: z.ZodType<HeaderOperations, object | undefined> = z
  .strictObject({
    set: pairs().describe("Header names and the value that replaces all others"),
    add: pairs().describe("Header names and a value beside those that are there"),
    remove: required(listOf(changeable)).default([]).describe("Header names"),
  })
  .prefault({ set: {}, add: {} });

/** `headers` of a route and of a primary. */
export const headersOfBoth = z.strictObject({
  request: headerOperations.describe("On the way to the upstream"),
  response: headerOperations.describe("On the way to the client"),
});
