import { z } from "zod";
import type {
  BreakerPolicy,
  CorsPolicy,
  DelayRange,
  Fault,
  RetryPolicy,
  SecondaryPolicy,
  StickyKey,
} from "../../../model/routing.ts";
import { DEFAULT_PERCENT, DEFAULT_RETRY_ATTEMPTS, MAX_RETRY_ATTEMPTS } from "../../defaults.ts";
import { method } from "../../values/names.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { percent, wholeNumber } from "../../values/numbers.ts";
import { required, shapeOf, type OptionValues, type SchemaNote } from "../../options/option.ts";
import { BREAKER_OPTIONS, SECONDARY_OPTIONS } from "../../options/options.ts";
import { choice, listOf, bool } from "../../values/value-type.ts";
import { finalStatus } from "./route-actions.ts";
import { onlyField, addEmptyIssue } from "../../values/schema-checks.ts";
import { originMatch } from "./string-match-schema.ts";
import { headerName, keyName } from "../../values/http-texts.ts";

const MS_PER_SECOND = 1000;

/** Requests with the same key go to the same subset. */
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
      .describe("Retries after the first attempt, for safe methods and for failed connections"),
    perTryTimeout: required(duration()).optional(),
  })
  .transform(({ attempts, perTryTimeout }) => ({ attempts, perTryTimeoutMs: perTryTimeout }));

const share = required(percent).default(DEFAULT_PERCENT).describe("Percentage of the route's requests");

export const fault: z.ZodType<Fault> = z
  .strictObject({
    on: required(choice("primary", "candidate", "both"))
      .default("primary")
      .describe("Where the fault is injected"),
    delay: z.strictObject({ percent: share, duration: required(duration()) }).optional(),
    abort: z
      .strictObject({ percent: share, status: required(finalStatus).describe("The status of the response") })
      .optional(),
  })
  .transform(({ on, delay, abort }, context): Fault => {
    if (delay === undefined && abort === undefined) {
      addEmptyIssue(context, {}, { allowed: "delay, abort, or both" });
    }
    return { on, delay: delay && { percent: delay.percent, ms: delay.duration }, abort };
  });

const names = required(listOf(headerName)).default([]);

export const cors: z.ZodType<CorsPolicy> = z
  .strictObject({
    allowOrigins: z.array(originMatch).min(1, "at least one origin is required"),
    allowMethods: required(listOf(method)).default([]),
    allowHeaders: names,
    exposeHeaders: names,
    maxAge: required(duration()).optional().describe("How long a browser caches a preflight response"),
    allowCredentials: required(bool).default(false),
  })
  .transform(({ maxAge, ...policy }) => ({
    ...policy,
    maxAgeSeconds: maxAge === undefined ? undefined : Math.round(maxAge / MS_PER_SECOND),
  }));

/** `expandBreakerShorthand` has replaced `false` by `failures: 0`. */
export const breaker: z.ZodType<OptionValues<typeof BREAKER_OPTIONS>> = (
  z.strictObject(shapeOf(BREAKER_OPTIONS)).prefault({}) as unknown as z.ZodType<OptionValues<typeof BREAKER_OPTIONS>>
).meta({
  description: "Pauses mirroring to a candidate after consecutive failures; false disables it",
  shorthand: { const: false },
} satisfies SchemaNote);

/** @returns undefined if the breaker is disabled */
export function breakerOf({ failures, open }: OptionValues<typeof BREAKER_OPTIONS>): BreakerPolicy | undefined {
  return failures === 0 ? undefined : { failures, openMs: open };
}

/**
 * A self-check: the primary takes the part of the secondary.
 * @param percent 0 to 100; 0 disables it, and so does undefined
 */
export function selfCheckPolicy(percent: number | undefined, delay: DelayRange): SecondaryPolicy | undefined {
  if (percent === undefined || percent === 0) return undefined;
  const { timeout, maxInFlight, maxBufferedBytes } = SECONDARY_OPTIONS;
  return {
    subset: "primary",
    percent,
    delay,
    timeoutMs: timeout.default,
    maxInFlight: maxInFlight.default,
    maxBufferedBytes: maxBufferedBytes.default,
  };
}
