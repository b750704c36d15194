import { z } from "zod";
import type { ValueType } from "./value-type.ts";
import { refuse } from "./refuse-value.ts";

type Written = Readonly<Record<string, unknown>>;

/**
 * A mapping from names to values, as pairs in the order in which they are written; empty when it is missing.
 * @param ignoreCase whether names that differ in their case only are the same
 */
export function namedValues<T>(
  nameType: ValueType<string>,
  value: z.ZodType<T>,
  ignoreCase: boolean,
): z.ZodType<readonly (readonly [name: string, value: T])[], Written | undefined> {
  return z
    .record(z.string(), value)
    .default({})
    .transform((written, context) => {
      const seen = new Set<string>();
      for (const name of Object.keys(written)) {
        const same = ignoreCase ? name.toLowerCase() : name;
        const parsed = nameType.parse(name);
        const message = "problem" in parsed ? parsed.problem : seen.has(same) ? "written twice, in another case" : "";
        if (message !== "") refuse(context, name, { message, allowed: nameType.allowed, path: [name], key: true });
        seen.add(same);
      }
      return Object.entries(written);
    });
}
