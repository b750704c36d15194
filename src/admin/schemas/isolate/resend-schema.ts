import { z } from "zod";
import type { ProbeLeg } from "../../../model/isolate/probe.ts";
import type { Resend, ResendPreview } from "../../../model/isolate/resend.ts";
import { differenceSchema, differingFieldSchema } from "../difference-schema.ts";

const MAX_SECRETS = 100;
const MAX_PLACE_LENGTH = 2_000;
const MAX_SECRET_LENGTH = 64 * 1024;
/** A value with a line break would be another header field. A body may have some. */
// oxlint-disable-next-line no-control-regex -- exactly these cannot be in a header value (RFC 9110 §5.5)
const CONTROL_CHARACTERS = /[\0-\x08\x0a-\x1f\x7f]/;

/** Values for masked places. They are used once, and neither stored nor logged. */
export const secretsSchema = z
  .record(z.string().max(MAX_PLACE_LENGTH), z.string().max(MAX_SECRET_LENGTH))
  .refine((secrets) => Object.keys(secrets).length <= MAX_SECRETS, `at most ${MAX_SECRETS} values`)
  .refine(
    (secrets) => Object.entries(secrets).every(([place, value]) => place === "body" || !CONTROL_CHARACTERS.test(value)),
    "a value has a control character, which only `body` may have",
  )
  .describe("Values for masked places, such as `header authorization`; used once, never stored or logged");

export const resendBody = z
  .object({
    confirm: z.boolean().optional().describe("Must be true unless isolate.enabled is set"),
    secrets: secretsSchema.optional(),
    leaveOutMasked: z
      .boolean()
      .optional()
      .describe("Send the request without the masked headers, cookies and parameters that have no value"),
    methods: z
      .array(z.string().max(50))
      .max(20)
      .optional()
      .describe("Methods that may be sent again in addition to isolate.methods"),
  })
  .strict()
  .default({});

const probeLegSchema = z
  .object({
    subset: z.string(),
    status: z.number().describe("0 without a complete response"),
    failure: z.string().nullable(),
    address: z.string().nullable().describe("host:port of the connection"),
    ms: z.number().nullable().describe("Milliseconds until the end of the response"),
  })
  .meta({ id: "ProbeLeg" }) satisfies z.ZodType<ProbeLeg>;

const fields = z.array(differingFieldSchema).readonly();
const differences = z.array(differenceSchema).readonly();

export const resendSchema = z
  .object({
    sampleId: z.string(),
    at: z.number().describe("Unix milliseconds"),
    endpoint: z.string(),
    candidate: z.string(),
    outcome: z
      .enum(["same", "other", "none", "unknown", "failed"])
      .describe(
        "Differs in the same fields, in another way, no longer; unknown: does not differ without `leftOut`; failed: not compared",
      ),
    message: z.string(),
    leftOut: z.array(z.string()).readonly().describe("Masked places without which the request was sent"),
    legs: z
      .object({ primary: probeLegSchema, candidate: probeLegSchema, secondary: probeLegSchema.nullable() })
      .nullable(),
    paired: z.boolean().describe("Two responses of the primary's version were compared, too"),
    fields: fields.describe("Now"),
    differences: differences.describe("Now"),
    sample: z
      .object({
        at: z.number(),
        fields,
        differences,
        statuses: z.object({ primary: z.number(), candidate: z.number() }),
      })
      .describe("What was found when it was stored"),
    causes: z
      .array(z.object({ signature: z.string(), title: z.string(), shows: z.boolean() }))
      .readonly()
      .describe("The causes of the sample, and whether each shows again"),
  })
  .meta({ id: "Resend" }) satisfies z.ZodType<Resend>;

export const resendPreviewSchema = z
  .object({
    method: z.string(),
    masked: z.array(z.string()).readonly().describe("Places whose values were not stored"),
    needsConfirm: z.boolean(),
    targets: z
      .array(z.object({ role: z.enum(["primary", "candidate", "secondary"]), subset: z.string(), url: z.string() }))
      .readonly(),
    refusal: z.object({ message: z.string(), remedy: z.string() }).nullable(),
  })
  .meta({ id: "ResendPreview" }) satisfies z.ZodType<ResendPreview>;
