import { z } from "zod";
import { origin } from "./addresses.ts";
import { isOption } from "./flags.ts";
import { name } from "./names.ts";
import { required, type Option } from "./option.ts";
import { CANDIDATE_OPTIONS, OPTIONS, SECONDARY_OPTIONS } from "./options.ts";
import { shown, type ValueType } from "./value-type.ts";

/** A route has one primary in this version, and it takes all traffic. */
const WHOLE_WEIGHT = 100;
const weight: ValueType<number> = {
  placeholder: "weight",
  allowed: String(WHOLE_WEIGHT),
  parse: (value) =>
    value === WHOLE_WEIGHT ? { value } : { problem: `${shown(value)} cannot be: one primary takes all traffic` },
};

const DEFAULT_ROUTE = "default";

type Values<T> = T extends Option<infer V> ? V : { readonly [Field in keyof T]: Values<T[Field]> };

/** Section by section what may be written, defaults filled in. Names are not resolved yet. */
export type Document = Values<typeof OPTIONS> & {
  readonly subsets: Readonly<Record<string, { readonly url: string }>>;
  readonly routes: readonly RouteDocument[];
};

interface RouteDocument {
  readonly name: string;
  readonly primary: readonly { readonly subset: string; readonly weight: number }[];
  readonly candidates: readonly ({ readonly subset: string } & Values<typeof CANDIDATE_OPTIONS>)[];
  readonly secondary?: ({ readonly subset: string } & Values<typeof SECONDARY_OPTIONS>) | undefined;
}

const subsetOf = { subset: required(name) };

const route = z.strictObject({
  name: required(name).default(DEFAULT_ROUTE),
  primary: z
    .array(z.strictObject({ ...subsetOf, weight: required(weight).default(WHOLE_WEIGHT) }))
    .length(1, "a route has exactly one primary in this version; write one { subset, weight: 100 }"),
  candidates: z
    .array(z.strictObject({ ...subsetOf, ...shapeOf(CANDIDATE_OPTIONS) }))
    .min(1, "a route needs at least one candidate; write { subset: NAME }"),
  secondary: z.strictObject({ ...subsetOf, ...shapeOf(SECONDARY_OPTIONS) }).optional(),
});

const LATER_RULES = "rules belong to a later version and are never ignored in silence; remove them";

/** The native configuration document. */
export const documentSchema = z.strictObject({
  ...shapeOf(OPTIONS),
  compare: z.strictObject({ ...shapeOf(OPTIONS.compare), rules: z.never(LATER_RULES).optional() }).prefault({}),
  subsets: z.record(z.string(), z.strictObject({ url: required(origin) })),
  routes: z.array(route).length(1, "this version serves exactly one route"),
}) as unknown as z.ZodType<Document>;

interface OptionTree {
  readonly [field: string]: Option<unknown> | OptionTree;
}

function shapeOf(tree: OptionTree): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(tree).map(([field, node]) => [
      field,
      isOption(node) ? node.schema : z.strictObject(shapeOf(node)).prefault({}),
    ]),
  );
}

/** The fields that a mapping at this place may have; empty when there is no mapping with fixed fields. */
export function knownFields(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.reduce<unknown>(schemaBelow, unwrapped(documentSchema));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function schemaBelow(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return unwrapped((schema.shape as Record<PropertyKey, unknown>)[key]);
  if (schema instanceof z.ZodArray) return unwrapped(schema.element);
  return schema instanceof z.ZodRecord ? unwrapped(schema.valueType) : undefined;
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
