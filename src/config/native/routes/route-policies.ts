import { z } from "zod";
import type {
  BreakerPolicy,
  CorsPolicy,
  Fault,
  RetryPolicy,
  SecondaryPolicy,
  StickyKey,
} from "../../../model/routing.ts";
import { DEFAULT_PERCENT, DEFAULT_RETRY_ATTEMPTS, MAX_RETRY_ATTEMPTS } from "../../defaults.ts";
import { method } from "../../values/names.ts";
import { duration, percent, wholeNumber } from "../../values/numbers.ts";
import { required, type SchemaNote } from "../../options/option.ts";
import { BREAKER_OPTIONS, SECONDARY_OPTIONS } from "../../options/options.ts";
import { shapeOf, type Values } from "../../values/document-shape.ts";
import { choice, listOf, truth } from "../../values/value-type.ts";
import { finalStatus } from "./route-actions.ts";
import { onlyField, refuseEmpty } from "../../values/refuse-value.ts";
import { originMatch } from "./string-match-schema.ts";
import { headerName, keyName } from "../../values/texts.ts";

const MS_PER_SECOND = 1000;

/** The same client always meets the same side. */
export const sticky: z.ZodType<StickyKey> = z
  .strictObject({
    header: required(headerName).optional(),
    cookie: required(keyName).optional(),
    query: required(keyName).optional(),
  })
  .transform((written, context): StickyKey => {
    const type = onlyField(written, ["header", "cookie", "query"], context);
    if (type === undefined) return z.NEVER;
    const name = written[type] ?? "";
    return { type, name: type === "header" ? name.toLowerCase() : name };
  });

export const retries: z.ZodType<RetryPolicy> = z
  .strictObject({
    attempts: required(wholeNumber({ min: 0, max: MAX_RETRY_ATTEMPTS }))
      .default(DEFAULT_RETRY_ATTEMPTS)
      .describe("Beyond the first; for safe methods, and when no connection could be opened"),
    perTryTimeout: required(duration()).optional(),
  })
  .transform(({ attempts, perTryTimeout }) => ({ attempts, perTryTimeoutMs: perTryTimeout }));

const share = required(percent).default(DEFAULT_PERCENT).describe("Of the requests of the route");

export const fault: z.ZodType<Fault> = z
  .strictObject({
    on: required(choice("primary", "candidate", "both"))
      .default("primary")
      .describe("Which legs it is injected into"),
    delay: z.strictObject({ percent: share, duration: required(duration()) }).optional(),
    abort: z
      .strictObject({ percent: share, status: required(finalStatus).describe("What is answered instead") })
      .optional(),
  })
  .transform(({ on, delay, abort }, context): Fault => {
    if (delay === undefined && abort === undefined) {
      refuseEmpty(context, {}, { allowed: "delay, abort, or both" });
    }
    return { on, delay: delay && { percent: delay.percent, ms: delay.duration }, abort };
  });

const names = required(listOf(headerName)).default([]);

export const cors: z.ZodType<CorsPolicy> = z
  .strictObject({
    allowOrigins: z.array(originMatch).min(1, "at least one origin is needed"),
    allowMethods: required(listOf(method)).default([]),
    allowHeaders: names,
    exposeHeaders: names,
    maxAge: required(duration()).optional().describe("How long a browser keeps the answer of a preflight"),
    allowCredentials: required(truth).default(false),
  })
  .transform(({ maxAge, ...policy }) => ({
    ...policy,
    maxAgeSeconds: maxAge === undefined ? undefined : Math.round(maxAge / MS_PER_SECOND),
  }));

/** `false` is written out as `failures: 0` before. */
export const breaker: z.ZodType<Values<typeof BREAKER_OPTIONS>> = (
  z.strictObject(shapeOf(BREAKER_OPTIONS)).prefault({}) as unknown as z.ZodType<Values<typeof BREAKER_OPTIONS>>
).meta({
  description: "Sends nothing for a while to a candidate that fails to answer so often in a row; false turns it off",
  shorthand: { const: false },
} satisfies SchemaNote);

/** @returns undefined for one that never opens */
export function breakerOf({ failures, open }: Values<typeof BREAKER_OPTIONS>): BreakerPolicy | undefined {
  return failures === 0 ? undefined : { failures, openMs: open };
}

/** A self-check: the primary takes the part of the secondary. @param percent 0 to 100; 0 disables it */
export function selfCheckPolicy(percent: number): SecondaryPolicy | undefined {
  const { timeout, maxInFlight, maxBufferedBytes } = SECONDARY_OPTIONS;
  const limits = {
    timeoutMs: timeout.default,
    maxInFlight: maxInFlight.default,
    maxBufferedBytes: maxBufferedBytes.default,
  };
  return percent === 0 ? undefined : { subset: "primary", percent, ...limits };
}
