import { z } from "zod";
import type { EndpointGate } from "../model/run.ts";
import { origin, origins } from "./values/addresses.ts";
import { name } from "./values/names.ts";
import { required, type SchemaNote } from "./options/option.ts";
import { endpointGate } from "./native/gate-overrides.ts";
import {
  ISTIO_OPTIONS,
  MIRROR_OPTIONS,
  OPTIONS,
  ROUTE_OPTIONS,
  SECONDARY_OPTIONS,
  TAP_OPTIONS,
} from "./options/options.ts";
import { breaker } from "./native/routes/route-policies.ts";
import { routeSchema, type RouteDocument } from "./native/routes/route-schema.ts";
import { ruleSchema, type RuleDocument } from "./native/rules/config-rule-schema.ts";
import { shapeOf, type Values } from "./values/document-shape.ts";
import { subsetSchema, type SubsetDocument } from "./native/subset-schema.ts";
import { truth } from "./values/value-type.ts";

/** What every document may say. */
export type Common = Values<typeof OPTIONS> & {
  readonly compare: { readonly rules: readonly RuleDocument[] };
  readonly gate: { readonly endpoints: readonly EndpointGate[] };
  readonly tap?: Values<typeof TAP_OPTIONS> | undefined;
};

/** A document with its own routes, section by section, defaults filled in. Names are not resolved yet. */
export interface NativeDocument extends Common {
  readonly subsets: Readonly<Record<string, SubsetDocument>>;
  readonly routes: readonly RouteDocument[];
}

/** A document that takes its routes from those of Istio or Gateway API. */
export interface IstioDocument extends Common {
  /** Paths. */
  readonly istio: readonly string[];
  /** URLs by `host/subset` or `host`. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly mirrors: Values<typeof MIRROR_OPTIONS & typeof ROUTE_OPTIONS> & {
    readonly secondary?:
      | ({ readonly name: string; readonly url: string } & Values<typeof SECONDARY_OPTIONS>)
      | undefined;
  };
}

const SECONDARY = "secondary";
const NOT_BOTH = "the documents under istio say this; remove it, or istio";
const ISTIO_ONLY = "only for documents of Istio, which are named under istio";

const common = {
  ...shapeOf(OPTIONS),
  compare: z
    .strictObject({
      ...shapeOf(OPTIONS.compare),
      rules: z.array(ruleSchema).default([]).describe("What to ignore, and how to compare what is left"),
    })
    .prefault({}),
  gate: z
    .strictObject({
      ...shapeOf(OPTIONS.gate),
      endpoints: z
        .array(endpointGate)
        .default([])
        .describe("Thresholds of single endpoints; the first that matches holds"),
    })
    .prefault({}),
  tap: z
    .strictObject(shapeOf(TAP_OPTIONS))
    .optional()
    .meta({
      description: "Takes what another proxy mirrors here: answers 202 at once, then sends to primary and candidates",
      shorthand: truth.json,
    } satisfies SchemaNote),
};
const native = {
  subsets: z.record(z.string(), subsetSchema).describe("The versions of the service, by name"),
  routes: z
    .array(routeSchema)
    .min(1, "at least one route is needed")
    .describe("Tried in this order; the first that matches takes the request"),
};
const istio = {
  ...shapeOf(ISTIO_OPTIONS),
  addresses: z
    .record(z.string(), required(origins))
    .default({})
    .describe("Where the versions are that the documents name: host/subset, or host"),
  mirrors: z
    .strictObject({
      ...shapeOf({ ...MIRROR_OPTIONS, ...ROUTE_OPTIONS }),
      breaker,
      secondary: z
        .strictObject({ name: required(name).default(SECONDARY), url: required(origin), ...shapeOf(SECONDARY_OPTIONS) })
        .optional()
        .describe("A second copy of the primary's version: what differs there as well is noise"),
    })
    .prefault({} as never)
    .describe("What the documents cannot say about mirroring"),
};

/** Each kind of document refuses what only the other one has. */
export const nativeSchema = z.strictObject({
  ...common,
  ...native,
  ...never(istio, ISTIO_ONLY),
}) as unknown as z.ZodType<NativeDocument>;
export const istioSchema = z.strictObject({
  ...common,
  ...never(native, NOT_BOTH),
  ...istio,
}) as unknown as z.ZodType<IstioDocument>;
/** Everything that may be written, for those who only want to know the fields. */
export const wholeSchema = z.strictObject({ ...common, ...native, ...istio });

function never(shape: Record<string, z.ZodType>, message: string): Record<string, z.ZodType> {
  return Object.fromEntries(Object.keys(shape).map((field) => [field, z.never(message).optional()]));
}

/** The fields that a mapping at this place may have; empty when there is no mapping with fixed fields. */
export function knownFields(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.reduce<unknown>(schemaBelow, wholeSchema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function schemaBelow(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return unwrapped((schema.shape as Record<PropertyKey, unknown>)[key]);
  if (schema instanceof z.ZodArray) return unwrapped(schema.element);
  return schema instanceof z.ZodRecord ? unwrapped(schema.valueType) : undefined;
}

/** What is written, without what happens to it when it is missing and after it is read. */
export function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap());
  }
  if (!(schema instanceof z.ZodPipe)) return schema;
  return unwrapped(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
}
