import { z } from "zod";
import type { NamedMatch, RequestMatch, StringMatch } from "../../../model/routing.ts";
import { name } from "../../values/names.ts";
import { wholeNumber } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { truth } from "../../values/value-type.ts";
import { namedValues } from "../../values/named-values.ts";
import { refuse } from "../../values/refuse-value.ts";
import { authorityMatch, fieldMatch, methodMatch, schemeMatch, uriMatch } from "./string-match-schema.ts";
import { headerName, keyName } from "../../values/texts.ts";

const port = wholeNumber({ min: 1, max: 65_535 });

/** One entry of `match`: all of its conditions must hold. */
export const requestMatch: z.ZodType<RequestMatch> = z
  .strictObject({
    name: required(name).optional().describe("For people only"),
    uri: uriMatch.optional().describe("The path, without the query, byte for byte"),
    ignoreUriCase: required(truth).default(false).describe("For exact and prefix of uri"),
    method: methodMatch.optional(),
    scheme: schemeMatch.optional().describe("http or https, as the client came"),
    authority: authorityMatch.optional().describe("The Host header, with its port"),
    headers: matches(headerName, true).describe("All of them must hold"),
    withoutHeaders: matches(headerName, true).describe("None of them may hold; a missing header counts as empty"),
    queryParams: matches(keyName, false).describe("All of them must hold"),
    port: required(port).optional().describe("Of the listener"),
  })
  .transform((written, context): RequestMatch => {
    const { name, uri, scheme, method, authority, port } = written;
    if (written.ignoreUriCase && uri?.type !== "exact" && uri?.type !== "prefix") {
      refuse(context, true, { message: "only for a uri that is exact or a prefix", path: ["ignoreUriCase"] });
    }
    return { ...written, name, uri, scheme, method, authority, port };
  });

function matches(nameType: typeof headerName, ignoreCase: boolean): z.ZodType<readonly NamedMatch[]> {
  return namedValues<StringMatch>(nameType, fieldMatch, ignoreCase).transform((entries) =>
    entries.map(([name, match]) => ({ name: ignoreCase ? name.toLowerCase() : name, match })),
  );
}
