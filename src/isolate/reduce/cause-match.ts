import { isDeepStrictEqual } from "node:util";
import { stepsOf, type PathStep } from "../../compare/rules/path-pattern.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { ProbeResult } from "../../model/isolate/probe.ts";

/** A field of a cause; its path can stand for all values of a map: `$.prices{*}`. */
export type CauseField = Pick<DifferingField, "section" | "path" | "kind">;

/** What one comparison says about a cause. */
export interface CauseSight {
  /** The candidate differs in one of its fields, in which two responses of the primary's version do not differ. */
  readonly shows: boolean;
  /** Two responses of the primary's version differ in one of its fields. */
  readonly isNoisy: boolean;
}

/** Looks for a cause in comparisons. A fresh comparison does not know which objects are maps, so it names their members. */
export function createCauseMatch(fields: readonly CauseField[]): (result: Pick<ProbeResult, "fields">) => CauseSight {
  const patterns = fields.map(({ section, path, kind }) => ({ section, kind, isPath: pathTest(path) }));
  return (result) => {
    const own = result.fields.filter((field) =>
      patterns.some(({ section, kind, isPath }) => {
        return field.section === section && field.kind === kind && isPath(field.path);
      }),
    );
    return { shows: own.some(({ mark }) => mark === "raw"), isNoisy: own.some(({ mark }) => mark !== "raw") };
  };
}

function pathTest(path: string): (other: string) => boolean {
  if (!path.includes("{*}")) return (other) => other === path;
  const steps = stepsOf(path);
  return (other) => {
    const others = stepsOf(other);
    return others.length === steps.length && steps.every((step, at) => matchesStep(step, others[at]));
  };
}

function matchesStep(step: PathStep, other: PathStep | undefined): boolean {
  if (step.type === "dynamic") return other?.type === "member" || other?.type === "dynamic";
  return isDeepStrictEqual(step, other);
}
