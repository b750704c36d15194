import { z } from "zod";
import type { UriRewrite } from "../../../model/routing.ts";
import { required } from "../../options/option.ts";
import { refuse } from "../../values/refuse-value.ts";
import { anyText, groupCount, path, regex } from "../../values/texts.ts";

const uriRegex = z
  .strictObject({
    match: required(regex).describe("RE2; every match in the path is replaced"),
    replacement: required(anyText).describe(String.raw`\1 stands for the first group`),
  })
  .transform((written, context) => {
    const groups = groupCount(written.match);
    for (const [reference, digits] of written.replacement.matchAll(/\\(\d)/g)) {
      if (Number(digits) <= groups) continue;
      const message = `${reference} stands for a group that the expression does not have; it has ${groups}`;
      refuse(context, written.replacement, { message, path: ["replacement"] });
    }
    return written;
  });

/** The fields that change a path; at most one of them may be written. */
export const URI_FIELDS = {
  uri: required(path).optional().describe("Replaces what prefix or pathPrefix of the match covered, or the whole path"),
  uriRegex: uriRegex.optional(),
};

interface WrittenUri {
  readonly uri?: string | undefined;
  readonly uriRegex?: { readonly match: string; readonly replacement: string } | undefined;
}

/** @returns how the path changes; undefined when it stays */
export function uriRewriteOf({ uri, uriRegex }: WrittenUri, context: z.RefinementCtx): UriRewrite | undefined {
  if (uri !== undefined && uriRegex !== undefined) {
    refuse(context, uri, { message: "cannot stand beside uri", path: ["uriRegex"], key: true });
  }
  if (uri !== undefined) return { type: "replace", value: uri };
  return uriRegex && { type: "regex", source: uriRegex.match, replacement: uriRegex.replacement };
}
