import type { z } from "zod";
import type { Problem } from "../config-error.ts";
import { knownFields } from "../config-document.ts";
import type { IssueParams } from "../options/option.ts";
import type { Settings } from "../options/settings.ts";
import { nearestField } from "./suggest.ts";
import { describeValue } from "./value-type.ts";

/** Converts a Zod issue to problems with their positions. */
export function issueProblems(issue: z.core.$ZodIssue, settings: Settings): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = knownFields(issue.path);
      const meant = nearestField(key, known);
      const message = meant === undefined ? "unknown field" : `unknown field; did you mean "${meant}"?`;
      return problemAt(settings, [...issue.path, key], message, known.join(", "), "key");
    });
  }
  if (issue.code === "invalid_type" && issue.expected !== "never") {
    const message =
      issue.input === undefined ? "missing" : `${describeValue(issue.input)} is not a ${nameOf(issue.expected)}`;
    return [problemAt(settings, issue.path, message, allowedAt(issue.path, issue.expected))];
  }
  const params = issue.code === "custom" ? (issue.params as IssueParams | undefined) : undefined;
  const of = params?.key === true ? "key" : "value";
  return [problemAt(settings, issue.path, issue.message, params?.allowed ?? "", of)];
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
