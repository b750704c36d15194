import type { z } from "zod";
import type { Problem } from "../config-error.ts";
import { knownFields } from "../config-document.ts";
import { FLAGS } from "../options/flags.ts";
import type { IssueParams } from "../options/option.ts";
import type { Settings } from "../options/settings.ts";
import { nearestField } from "./suggest.ts";
import { describeValue } from "./value-type.ts";

/** Converts a Zod issue to problems with their positions. */
export function issueProblems(issue: z.core.$ZodIssue, settings: Settings): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = knownFields(issue.path);
      const meant = issue.path.length === 0 ? fieldAtTop(key, known) : nearestField(key, known);
      const message = meant === undefined ? "unknown field" : `unknown field; did you mean "${meant}"?`;
      // The fields of the document are too many to list in addition.
      const allowed = meant !== undefined && issue.path.length === 0 ? "" : known.join(", ");
      return problemAt(settings, [...issue.path, key], message, allowed, "key");
    });
  }
  if (issue.code === "invalid_type" && issue.expected !== "never") {
    const { input, path, expected } = issue;
    const message = input === undefined ? "missing" : `${describeValue(input)} is not a ${nameOf(expected)}`;
    return [problemAt(settings, path, `${message}${mappingExample(input, path)}`, allowedAt(path, expected))];
  }
  const params = issue.code === "custom" ? (issue.params as IssueParams | undefined) : undefined;
  const of = params?.key === true ? "key" : "value";
  return [problemAt(settings, issue.path, issue.message, params?.allowed ?? "", of)];
}

/** The field that one at the top of the document stands for. Options that are written there like their flags have a path. */
function fieldAtTop(written: string, known: readonly string[]): string | undefined {
  const isWritten = (name: string): boolean => withoutSeparators(name) === withoutSeparators(written);
  const option = FLAGS.find(
    ({ key, path }) => path?.includes("*") === false && (isWritten(key) || isWritten(path.join(""))),
  );
  const singular = known.find((field) => `${field}s` === written);
  if (singular !== undefined) return singular;
  const parent = known.find((field) => knownFields([field]).includes(written));
  return option?.path?.join(".") ?? (parent === undefined ? nearestField(written, known) : `${parent}.${written}`);
}

/** `admin: ADDRESS` means `admin: { listen: ADDRESS }`, as the flag `--admin` does. */
function mappingExample(input: unknown, [field, ...below]: readonly PropertyKey[]): string {
  const option = FLAGS.find(({ key, path }) => key === field && path?.length === 2);
  if (option === undefined || below.length > 0 || typeof input !== "string") return "";
  return `; write ${option.key}: { ${option.path?.at(-1)}: ${input} }`;
}

function withoutSeparators(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, "");
}

/** A problem of the field at a path. @param of whether the problem is the value or the key */
export function problemAt(
  settings: Settings,
  path: readonly PropertyKey[],
  message: string,
  allowed = "",
  of: "value" | "key" = "value",
): Problem {
  const { place, named } = settings.place(path, of);
  return { place, field: named ? "" : fieldName(path), message, allowed };
}

/** @returns `routes[0].candidates[0].percent` */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function nameOf(expected: string): string {
  return expected === "array" ? "list" : "mapping";
}

function allowedAt(path: readonly PropertyKey[], expected: string): string {
  if (expected === "array") return "a list";
  const fields = knownFields(path);
  return fields.length === 0 ? "a mapping from names to their fields" : `a mapping with ${fields.join(", ")}`;
}
