import { z } from "zod";
import { isOption } from "../options/flags.ts";
import type { Option } from "../options/option.ts";

/** What the options of a tree come to. */
export type Values<T> = T extends Option<infer V> ? V : { readonly [Field in keyof T]: Values<T[Field]> };

interface OptionTree {
  readonly [field: string]: Option<unknown> | OptionTree;
}

/** The fields of a mapping that holds these options. */
export function shapeOf(tree: OptionTree): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(tree).map(([field, node]) => [
      field,
      isOption(node) ? node.schema : z.strictObject(shapeOf(node)).prefault({}),
    ]),
  );
}
