import type { Problem } from "../config-error.ts";
import { bool } from "../values/value-type.ts";
import { TAP_FLAG } from "./flags.ts";
import type { FieldPath } from "./option.ts";
import { mirrorPaths } from "./option-paths.ts";
import { TAP_OPTIONS } from "./options.ts";
import { overrideProblem, readOverride, type Environment, type FlagValues, type Settings } from "./settings.ts";

const TAP: FieldPath = ["tap"];
const METHODS: FieldPath = ["tap", "methods"];

/** Applies --tap, and expands `tap: true` and `tap: false`. */
export function applyTap(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const override = readOverride(TAP_FLAG, flags, env);
  if (override !== undefined) {
    const parsed = bool.parse(override.value);
    if ("problem" in parsed) return [overrideProblem(override.place, parsed.problem, bool.allowed)];
    // --tap keeps the options of a tap in the document.
    if (!parsed.value || typeof settings.at(TAP) !== "object") settings.set(TAP, parsed.value, override.place);
  }
  const written = settings.at(TAP);
  const { place } = settings.place(TAP, "value");
  if (written === true) settings.set(TAP, {}, place);
  if (written === false) settings.set(TAP, undefined, place);
  return [];
}

/** Copies the methods of the tap to candidates without methods, so that a document need not repeat them. */
export function applyTapMethods(settings: Settings): void {
  const methods = settings.at(METHODS);
  if (methods === undefined || "problem" in TAP_OPTIONS.methods.type.parse(methods)) return;
  const { place } = settings.place(METHODS, "value");
  for (const parent of mirrorPaths(settings)) {
    const path = [...parent, "methods"];
    if (settings.at(path) === undefined) settings.set(path, methods, place);
  }
}
