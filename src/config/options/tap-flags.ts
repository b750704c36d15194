import type { Problem } from "../config-error.ts";
import { TAP_FLAG, type FieldPath } from "./flags.ts";
import { mirrorPaths } from "./mirror-paths.ts";
import { TAP_OPTIONS } from "./options.ts";
import { given, type Environment, type FlagValues, type Settings } from "./settings.ts";
import { truth } from "../values/value-type.ts";

const TAP: FieldPath = ["tap"];
const METHODS: FieldPath = ["tap", "methods"];

/**
 * Lays --tap over the document, and writes out what `tap: true` and `tap: false` mean.
 * @returns what is wrong with it
 */
export function applyTap(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const found = given(TAP_FLAG, flags, env);
  if (found !== undefined) {
    const parsed = truth.parse(found.value);
    if ("problem" in parsed) {
      return [{ place: found.place, field: "", message: parsed.problem, allowed: truth.allowed }];
    }
    // What the document says about the tap stays.
    if (!parsed.value || typeof settings.at(TAP) !== "object") settings.set(TAP, parsed.value, found.place);
  }
  const written = settings.at(TAP);
  const { place } = settings.place(TAP, "value");
  if (written === true) settings.set(TAP, {}, place);
  if (written === false) settings.set(TAP, undefined, place);
  return [];
}

/** Candidates that do not name methods of their own get what the tap takes: who opts in must say so once only. */
export function spreadTapMethods(settings: Settings): void {
  const methods = settings.at(METHODS);
  if (methods === undefined || "problem" in TAP_OPTIONS.methods.type.parse(methods)) return;
  const { place } = settings.place(METHODS, "value");
  for (const parent of mirrorPaths(settings)) {
    const path = [...parent, "methods"];
    if (settings.at(path) === undefined) settings.set(path, methods, place);
  }
}
