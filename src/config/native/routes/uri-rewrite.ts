import { z } from "zod";
import type { UriRewrite } from "../../../model/routing.ts";
import { required } from "../../options/option.ts";
import { addIssue } from "../../values/schema-checks.ts";
import { anyText, groupCount, path, regex } from "../../values/http-texts.ts";

const uriRegex = z
  .strictObject({
    match: required(regex).describe("RE2 expression; every match in the path is replaced"),
    replacement: required(anyText).describe(String.raw`\1 inserts the first capture group`),
  })
  .transform((written, context) => {
    const groups = groupCount(written.match);
    for (const [reference, digits] of written.replacement.matchAll(/\\(\d)/g)) {
      if (Number(digits) <= groups) continue;
      const message = `${reference} refers to a group that does not exist; the expression has ${groups}`;
      addIssue(context, written.replacement, { message, path: ["replacement"] });
    }
    return written;
  });

/** The fields that rewrite a path. At most one of them is allowed. */
export const URI_FIELDS = {
  uri: required(path).optional().describe("Replaces the prefix or pathPrefix of the match, or the entire path"),
  uriRegex: uriRegex.optional(),
};

interface WrittenUri {
  readonly uri?: string | undefined;
  readonly uriRegex?: { readonly match: string; readonly replacement: string } | undefined;
}

/** @returns undefined if the path stays the same */
export function uriRewriteOf({ uri, uriRegex }: WrittenUri, context: z.RefinementCtx): UriRewrite | undefined {
  if (uri !== undefined && uriRegex !== undefined) {
    addIssue(context, uri, { message: "uri and uriRegex are mutually exclusive", path: ["uriRegex"], key: true });
  }
  if (uri !== undefined) return { type: "replace", value: uri };
  return uriRegex && { type: "regex", source: uriRegex.match, replacement: uriRegex.replacement };
}
