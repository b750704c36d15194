import { z } from "zod";
import type { NamedMatch, RequestMatch, StringMatch } from "../../../model/routing.ts";
import { name } from "../../values/names.ts";
import { wholeNumber } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { bool } from "../../values/value-type.ts";
import { namedValues, addIssue } from "../../values/schema-checks.ts";
import { authorityMatch, fieldMatch, methodMatch, schemeMatch, uriMatch } from "./string-match-schema.ts";
import { headerName, keyName } from "../../values/http-texts.ts";

const port = wholeNumber({ min: 1, max: 65_535 });

/** An item of `match`. All its conditions must be true. */
export const requestMatch: z.ZodType<RequestMatch> = z
  .strictObject({
    name: required(name).optional().describe("A comment; it has no effect"),
    uri: uriMatch.optional().describe("The path without the query, compared byte by byte"),
    ignoreUriCase: required(bool).default(false).describe("Ignore case in exact and prefix matches of uri"),
    method: methodMatch.optional(),
    scheme: schemeMatch.optional().describe("http or https, as used by the client"),
    authority: authorityMatch.optional().describe("The Host header, including the port"),
    headers: matches(headerName, true).describe("All must match"),
    withoutHeaders: matches(headerName, true).describe("None of these may match; a missing header counts as empty"),
    queryParams: matches(keyName, false).describe("All must match"),
    port: required(port).optional().describe("The port of the listener"),
  })
  .transform((written, context): RequestMatch => {
    const { name, uri, scheme, method, authority, port } = written;
    if (written.ignoreUriCase && uri?.type !== "exact" && uri?.type !== "prefix") {
      addIssue(context, true, { message: "requires uri with exact or prefix", path: ["ignoreUriCase"] });
    }
    return { ...written, name, uri, scheme, method, authority, port };
  });

function matches(nameType: typeof headerName, ignoreCase: boolean): z.ZodType<readonly NamedMatch[]> {
  return namedValues<StringMatch>(nameType, fieldMatch, ignoreCase).transform((entries) =>
    entries.map(([name, match]) => ({ name: ignoreCase ? name.toLowerCase() : name, match })),
  );
}
