import { z } from "zod";
import type { DirectResponse, Redirect, Rewrite } from "../../../model/routing.ts";
import { DEFAULT_DIRECT_RESPONSE_STATUS, DEFAULT_REDIRECT_STATUS } from "../../defaults.ts";
import { wholeNumber } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { choice, type ValueType } from "../../values/value-type.ts";
import { namedValues, addIssue, addEmptyIssue } from "../../values/schema-checks.ts";
import { anyText, authority, headerName, headerValue } from "../../values/http-texts.ts";
import { URI_FIELDS, uriRewriteOf } from "./uri-rewrite.ts";

const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: these responses have no content. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

const redirectStatus: ValueType<number> = {
  placeholder: "status",
  allowed: REDIRECT_STATUSES.join(", "),
  json: { enum: REDIRECT_STATUSES },
  parse(value) {
    const status = REDIRECT_STATUSES.find((known) => known === Number(value));
    return status === undefined ? { problem: `${String(value)} is not a redirect status` } : { value: status };
  },
};
/** The status of a final response. */
export const finalStatus = wholeNumber({ min: 200, max: 599, placeholder: "status" });

export const rewrite: z.ZodType<Rewrite> = z
  .strictObject({ ...URI_FIELDS, authority: required(authority).optional().describe("The new Host") })
  .transform((written, context): Rewrite => {
    const uri = uriRewriteOf(written, context);
    if (uri === undefined && written.authority === undefined) {
      addEmptyIssue(context, written, { message: "the mapping is empty", allowed: "uri or uriRegex, and authority" });
    }
    return { uri, authority: written.authority };
  });

export const redirect: z.ZodType<Redirect> = z
  .strictObject({
    status: required(redirectStatus).default(DEFAULT_REDIRECT_STATUS),
    scheme: required(choice("http", "https")).optional(),
    authority: required(authority).optional(),
    port: required(wholeNumber({ min: 1, max: 65_535 })).optional(),
    ...URI_FIELDS,
  })
  .transform((written, context): Redirect => {
    const { status, scheme, authority, port } = written;
    const uri = uriRewriteOf(written, context);
    if ([scheme, authority, port, uri].every((part) => part === undefined)) {
      const message = "redirects to the requested URL, which loops";
      addEmptyIssue(context, written, { message, allowed: "scheme, authority, port, uri or uriRegex" });
    }
    return { type: "redirect", status, scheme, authority, port, uri };
  });

export const directResponse: z.ZodType<DirectResponse> = z
  .strictObject({
    status: required(finalStatus).default(DEFAULT_DIRECT_RESPONSE_STATUS),
    body: required(anyText).default(""),
    headers: namedValues(headerName, required(headerValue), true),
  })
  .transform((written, context): DirectResponse => {
    if (written.body !== "" && WITHOUT_BODY.has(written.status)) {
      addIssue(context, written.body, {
        message: `a response with status ${written.status} has no body`,
        path: ["body"],
      });
    }
    return { type: "direct-response", ...written };
  });
