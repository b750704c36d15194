import { z } from "zod";
import type { HeaderOperations } from "../model/routing.ts";
import type { EndpointGate } from "../model/run.ts";
import { headerOperations } from "./native/routes/header-operations-schema.ts";
import { breaker } from "./native/routes/route-policies.ts";
import { routeSchema, type RouteDocument } from "./native/routes/route-schema.ts";
import { ruleSchema, type RuleDocument } from "./native/rules/config-rule-schema.ts";
import { subsetSchema, type SubsetDocument } from "./native/subset-schema.ts";
import { webhookSchema, type WebhookDocument } from "./native/webhook-schema.ts";
import { required, shapeOf, type OptionValues, type SchemaNote } from "./options/option.ts";
import {
  ISTIO_OPTIONS,
  LATENCY_FACTOR,
  MILLISECONDS,
  MIN_COMPARED,
  MIRROR_OPTIONS,
  OPTIONS,
  ROUTE_OPTIONS,
  SECONDARY_OPTIONS,
  SHARE,
  TAP_OPTIONS,
} from "./options/options.ts";
import { SHORTHAND_FLAGS } from "./options/shorthand.ts";
import { origin, origins } from "./values/addresses.ts";
import { endpointPattern, name } from "./values/names.ts";
import { addEmptyIssue } from "./values/schema-checks.ts";
import { bool, listOf } from "./values/value-type.ts";

/** The fields that every document can have. */
export type CommonDocument = OptionValues<typeof OPTIONS> & {
  readonly compare: { readonly rules: readonly RuleDocument[] };
  readonly gate: { readonly endpoints: readonly EndpointGate[] };
  readonly webhooks: readonly WebhookDocument[];
  readonly tap?: OptionValues<typeof TAP_OPTIONS> | undefined;
};

/** A document with subsets and routes, after defaults were filled in. Names of subsets are not resolved yet. */
export interface NativeDocument extends CommonDocument {
  readonly subsets: Readonly<Record<string, SubsetDocument>>;
  readonly routes: readonly RouteDocument[];
}

/** A document that takes its routes from Istio or Gateway API documents. */
export interface IstioDocument extends CommonDocument {
  /** Paths of the documents. */
  readonly istio: readonly string[];
  /** URLs by `host/subset` or `host`. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly mirrors: OptionValues<typeof MIRROR_OPTIONS & typeof ROUTE_OPTIONS> & {
    readonly secondary?:
      | ({ readonly name: string; readonly url: string; readonly headers: HeaderOperations } & OptionValues<
          typeof SECONDARY_OPTIONS
        >)
      | undefined;
  };
}

const SECONDARY = "secondary";
const NOT_WITH_ISTIO = "the documents under istio define this; remove it, or remove istio";
const ONLY_WITH_ISTIO = "only allowed with Istio documents, which are listed under istio";

const endpointGate: z.ZodType<EndpointGate> = z
  .strictObject({
    endpoint: required(endpointPattern).describe(
      "An endpoint, such as GET /users/{id}, or a pattern, such as * /users/**",
    ),
    parity: required(SHARE).optional(),
    latencyRatio: required(LATENCY_FACTOR).optional(),
    p95Ratio: required(LATENCY_FACTOR).optional(),
    p99Ratio: required(LATENCY_FACTOR).optional(),
    p95Ms: required(MILLISECONDS).optional(),
    p99Ms: required(MILLISECONDS).optional(),
    minCompared: required(MIN_COMPARED).optional(),
    errorRate: required(SHARE).optional(),
  })
  .transform((written, context): EndpointGate => {
    const { endpoint: _, ...thresholds } = written;
    if (Object.values(thresholds).every((value) => value === undefined)) {
      const allowed = "one or more of parity, latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms, minCompared, errorRate";
      addEmptyIssue(context, written, { message: "no threshold", allowed });
    }
    return written;
  });

const common = {
  ...shapeOf(OPTIONS),
  compare: z
    .strictObject({
      ...shapeOf(OPTIONS.compare),
      rules: z.array(ruleSchema).default([]).describe("Which differences to ignore, and how to compare values"),
    })
    .prefault({}),
  gate: z
    .strictObject({
      ...shapeOf(OPTIONS.gate),
      endpoints: z.array(endpointGate).default([]).describe("Thresholds for some endpoints; the first match applies"),
    })
    .prefault({}),
  webhooks: z.array(webhookSchema).default([]).describe("Receivers of events, such as a changed verdict"),
  tap: z
    .strictObject(shapeOf(TAP_OPTIONS))
    .optional()
    .meta({
      description:
        "Receives requests that another proxy mirrors: responds with 202 at once, then sends them to the primary and candidates",
      shorthand: bool.json,
    } satisfies SchemaNote),
};
const native = {
  subsets: z.record(z.string(), subsetSchema).describe("The versions of the service, by name"),
  routes: z
    .array(routeSchema)
    .min(1, "at least one route is required")
    .describe("Tried in order; the first match handles the request"),
};
const istio = {
  ...shapeOf(ISTIO_OPTIONS),
  addresses: z
    .record(z.string(), required(origins))
    .default({})
    .describe("URLs of the versions that the documents name, by host/subset or host"),
  mirrors: z
    .strictObject({
      ...shapeOf({ ...MIRROR_OPTIONS, ...ROUTE_OPTIONS }),
      breaker,
      secondary: z
        .strictObject({
          name: required(name).default(SECONDARY),
          url: required(origin),
          ...shapeOf(SECONDARY_OPTIONS),
          headers: headerOperations.describe("Changes to the request sent to the secondary"),
        })
        .optional()
        .describe("A second instance of the primary's version; differences from it are noise"),
    })
    .prefault({} as never)
    .describe("Mirror settings that the documents cannot express"),
};

// Each kind of document rejects the fields that only the other kind has.
export const nativeSchema = z.strictObject({
  ...common,
  ...native,
  ...never(istio, ONLY_WITH_ISTIO),
}) as unknown as z.ZodType<NativeDocument>;
export const istioSchema = z.strictObject({
  ...common,
  ...never(native, NOT_WITH_ISTIO),
  ...istio,
}) as unknown as z.ZodType<IstioDocument>;
/** Validated after they became a route. */
const shorthand = Object.fromEntries(
  SHORTHAND_FLAGS.map(({ key, type, help, list, path }) => {
    const json = list && path === undefined ? { anyOf: [type.json, listOf(type).json] } : type.json;
    return [
      key,
      z
        .unknown()
        .meta({ description: help, json } satisfies SchemaNote)
        .optional(),
    ];
  }),
);
/** The fields of all kinds of document, for JSON Schema and suggestions. */
export const allFieldsSchema = z.strictObject({ ...common, ...native, ...istio, ...shorthand });

function never(shape: Record<string, z.ZodType>, message: string): Record<string, z.ZodType> {
  return Object.fromEntries(Object.keys(shape).map((field) => [field, z.never(message).optional()]));
}

/** The fields that the mapping at a path can have; empty if it does not have fixed fields. */
export function knownFields(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.reduce<unknown>(childSchema, allFieldsSchema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function childSchema(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return unwrapSchema((schema.shape as Record<PropertyKey, unknown>)[key]);
  if (schema instanceof z.ZodArray) return unwrapSchema(schema.element);
  return schema instanceof z.ZodRecord ? unwrapSchema(schema.valueType) : undefined;
}

/** The schema of the written value, without defaults and transformations. */
export function unwrapSchema(schema: unknown): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return unwrapSchema(schema.unwrap());
  }
  if (!(schema instanceof z.ZodPipe)) return schema;
  return unwrapSchema(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
}
