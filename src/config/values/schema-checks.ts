import { z } from "zod";
import type { IssueParams } from "../options/option.ts";
import type { ValueType } from "./value-type.ts";

interface IssueText {
  readonly message: string;
  readonly allowed?: string | undefined;
  /** Relative to the value that is transformed. */
  readonly path?: readonly PropertyKey[] | undefined;
  /** Whether the problem is the name of the field instead of its value. */
  readonly key?: boolean | undefined;
}

/** Adds an issue from a transformation. */
export function addIssue(
  context: z.RefinementCtx,
  input: unknown,
  { message, allowed = "", path = [], key }: IssueText,
): void {
  const params: IssueParams = { allowed, key };
  context.issues.push({ code: "custom", input, message, path: [...path], params });
}

/** Adds an issue for a mapping without any effect, unless it has another issue: a mistyped field does not make it empty. */
export function addEmptyIssue(
  context: z.RefinementCtx,
  input: unknown,
  { message = "the mapping is empty", allowed }: { readonly message?: string | undefined; readonly allowed: string },
): void {
  if (context.issues.length === 0) addIssue(context, input, { message, allowed });
}

/**
 * For mappings in which exactly one of several fields can be written.
 * @returns that field; undefined, with an issue, when there is none or more than one
 */
export function onlyField<T extends object>(
  written: T,
  fields: readonly (keyof T & string)[],
  context: z.RefinementCtx,
): (keyof T & string) | undefined {
  const present = fields.filter((field) => written[field] !== undefined);
  if (present.length === 1) return present[0];
  const allowed = `one of ${fields.join(", ")}`;
  if (present.length === 0) addEmptyIssue(context, written, { allowed });
  else addIssue(context, written, { message: `${present.join(" and ")} are mutually exclusive`, allowed });
  return undefined;
}

/**
 * A mapping from names to values, as pairs in document order; empty when it is missing.
 * @param ignoreCase whether names that differ only in case are the same
 */
export function namedValues<T>(
  nameType: ValueType<string>,
  value: z.ZodType<T>,
  ignoreCase: boolean,
): z.ZodType<readonly (readonly [name: string, value: T])[], Readonly<Record<string, unknown>> | undefined> {
  return z
    .record(z.string(), value)
    .default({})
    .transform((written, context) => {
      const seen = new Set<string>();
      for (const name of Object.keys(written)) {
        const normalized = ignoreCase ? name.toLowerCase() : name;
        const parsed = nameType.parse(name);
        const message = "problem" in parsed ? parsed.problem : seen.has(normalized) ? "duplicate name" : "";
        if (message !== "") addIssue(context, name, { message, allowed: nameType.allowed, path: [name], key: true });
        seen.add(normalized);
      }
      return Object.entries(written);
    });
}
