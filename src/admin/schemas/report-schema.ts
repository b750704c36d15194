import { z } from "zod";
import type { FieldMark } from "../../model/difference.ts";
import type { Report } from "../../model/report.ts";
import { gateSchema, selectionQuery } from "./run-schema.ts";

export const reportQuery = z.object(selectionQuery);

const verdict = z.enum(["pass", "fail", "inconclusive"]);
const reasons = z.array(z.string()).readonly();
const milliseconds = z.number().nullable();

export const quantilesSchema = z
  .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
  .meta({ id: "Quantiles" });
const proportion = z.object({ rate: z.number(), low: z.number(), high: z.number() }).meta({ id: "Proportion" });
export const ratioSchema = z
  .object({ estimate: z.number(), low: z.number(), high: z.number() })
  .meta({ id: "RatioEstimate" });

const latency = z
  .object({
    primary: quantilesSchema,
    candidate: quantilesSchema,
    secondary: quantilesSchema,
    ratio: ratioSchema.nullable(),
    bias: ratioSchema.nullable(),
  })
  .meta({ id: "Latency" });

export const sectionSchema = z.enum(["status", "header", "trailer", "body", "transport"]);

export const kindSchema = z.enum([
  "status",
  "header",
  "missing",
  "extra",
  "type",
  "value",
  "order",
  "encoding",
  "parse",
  "truncated",
  "transport",
]);

export const fieldMarkSchema = z
  .object({ section: sectionSchema, path: z.string(), kind: kindSchema, mark: z.enum(["raw", "noise", "both"]) })
  .meta({ id: "FieldMark" }) satisfies z.ZodType<FieldMark>;

const field = z
  .object({
    section: sectionSchema,
    path: z.string(),
    kind: kindSchema,
    count: z.number(),
    noise: z.number(),
    both: z.number(),
    verdict: z.enum(["noise", "likely", "real"]),
  })
  .meta({ id: "Field" });

const endpoint = z
  .object({
    endpoint: z.string(),
    route: z.string(),
    subset: z.string(),
    compared: z.number(),
    matched: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    parity: proportion,
    verdict,
    reasons,
    latency,
    differences: z.array(field).readonly(),
  })
  .meta({ id: "Endpoint" });

const accounting = z
  .object({
    received: z.number(),
    sampledOut: z.number(),
    mirrored: z.number(),
    compared: z.number(),
    matched: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    notMirrored: z.partialRecord(z.enum(["method", "route", "upgrade", "loop", "paused"]), z.number()),
    dropped: z.partialRecord(z.enum(["inflight", "bytes", "breaker", "queue"]), z.number()),
    skipped: z.partialRecord(
      z.enum(["primary-failed", "client-aborted", "thread-died", "timeout", "error"]),
      z.number(),
    ),
  })
  .meta({ id: "Accounting" });

export const reportSchema = z
  .object({
    run: z.object({ id: z.string(), name: z.string(), startedAt: z.number().describe("Unix milliseconds") }),
    candidate: z.string(),
    verdict,
    reasons,
    gate: gateSchema,
    accounting,
    parity: proportion,
    latency,
    overflow: z.object({ endpoints: z.number(), differenceSets: z.number() }),
    endpoints: z.array(endpoint).readonly(),
  })
  .meta({ id: "Report" }) satisfies z.ZodType<Report>;
