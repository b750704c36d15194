import { z } from "zod";
import type { EndpointGate } from "../../model/run.ts";
import { required } from "../options/option.ts";
import { LATENCY_FACTOR, MIN_COMPARED, SHARE } from "../options/options.ts";
import { refuseEmpty } from "../values/refuse-value.ts";
import { endpointPattern } from "./rules/endpoint-pattern.ts";

/** Thresholds of endpoints that differ from those of all. */
export const endpointGate: z.ZodType<EndpointGate> = z
  .strictObject({
    endpoint: required(endpointPattern).describe("GET /users/{id}, or a pattern: * /users/**"),
    parity: required(SHARE).optional(),
    latencyRatio: required(LATENCY_FACTOR).optional(),
    minCompared: required(MIN_COMPARED).optional(),
    errorRate: required(SHARE).optional(),
  })
  .transform((written, context): EndpointGate => {
    const { endpoint: _, ...thresholds } = written;
    if (Object.values(thresholds).every((value) => value === undefined)) {
      refuseEmpty(context, written, { allowed: "parity, latencyRatio, minCompared, errorRate, or several" });
    }
    return written;
  });
