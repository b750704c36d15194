import { z } from "zod";
import type { TransportFailureKind } from "../../model/capture.ts";
import {
  type Difference,
  DIFFERENCE_KINDS,
  type DifferingField,
  type Relation,
  SECTIONS,
} from "../../model/difference.ts";
import type { CauseField } from "../../model/review.ts";

export const sectionSchema = z.enum(SECTIONS);

export const kindSchema = z.enum(DIFFERENCE_KINDS);

const relationSchema = z
  .enum([
    "number-as-string",
    "null-or-missing",
    "null-or-empty",
    "same-instant",
    "time-shift",
    "rounding",
    "letter-case",
    "unicode-normalisation",
    "whitespace",
    "times-100",
    "both-uuids",
    "both-times",
    "both-random",
    "same-body",
    "relative-url",
    "lagging",
    "instance",
    "counting",
  ])
  .nullable()
  .describe("How the two values are related; null if no known relation applies") satisfies z.ZodType<Relation | null>;

/** Why a leg ended without a complete response. */
export const failureKindSchema = z.enum([
  "refused",
  "dns",
  "tls",
  "reset",
  "timeout",
  "protocol",
  "endless",
  "descriptors",
  "internal",
]) satisfies z.ZodType<TransportFailureKind>;

export const causeFieldSchema = z
  .object({
    section: sectionSchema,
    path: z.string(),
    kind: kindSchema,
    relation: relationSchema,
    reason: z
      .string()
      .optional()
      .describe("Why responses are missing, without numbers: a cause has a field for each reason"),
  })
  .meta({ id: "CauseField" }) satisfies z.ZodType<CauseField>;

export const differingFieldSchema = z
  .object({ section: sectionSchema, path: z.string(), kind: kindSchema, mark: z.enum(["raw", "noise", "both"]) })
  .meta({ id: "DifferingField" }) satisfies z.ZodType<DifferingField>;

export const differenceSchema = z
  .object({
    section: sectionSchema,
    path: z.string(),
    kind: kindSchema,
    pointer: z.string(),
    relation: relationSchema,
    primary: z.string().nullable(),
    candidate: z.string().nullable(),
  })
  .meta({ id: "Difference" }) satisfies z.ZodType<Difference>;
