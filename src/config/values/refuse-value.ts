import type { z } from "zod";
import type { IssueParams } from "../options/option.ts";

interface Refusal {
  readonly message: string;
  readonly allowed?: string | undefined;
  /** Below the value that is transformed. */
  readonly path?: readonly string[] | undefined;
  readonly key?: boolean | undefined;
}

/** Tells of a value that a transformation cannot use. */
export function refuse(
  context: z.RefinementCtx,
  input: unknown,
  { message, allowed = "", path = [], key }: Refusal,
): void {
  const params: IssueParams = { allowed, key };
  context.issues.push({ code: "custom", input, message, path: [...path], params });
}

/** Tells of a mapping that says nothing, unless something else is wrong with it: a mistyped field is no empty mapping. */
export function refuseEmpty(
  context: z.RefinementCtx,
  input: unknown,
  { message = "says nothing", allowed }: { readonly message?: string | undefined; readonly allowed: string },
): void {
  if (context.issues.length === 0) refuse(context, input, { message, allowed });
}

/**
 * For mappings in which one field decides what is meant.
 * @returns the field that is written; undefined, and an issue, when there is none or more than one
 */
export function onlyField<T extends object>(
  written: T,
  fields: readonly (keyof T & string)[],
  context: z.RefinementCtx,
): (keyof T & string) | undefined {
  const given = fields.filter((field) => written[field] !== undefined);
  if (given.length === 1) return given[0];
  const allowed = `one of ${fields.join(", ")}`;
  if (given.length === 0) refuseEmpty(context, written, { allowed });
  else refuse(context, written, { message: `${given.join(" and ")} cannot stand together`, allowed });
  return undefined;
}
