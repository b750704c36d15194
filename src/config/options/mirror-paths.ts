import type { FieldPath } from "./flags.ts";
import { isIstio } from "./istio-flags.ts";
import type { Settings } from "./settings.ts";

/** Where a document says how copies are sent: at each candidate, or in one place for all that documents of Istio name. */
export function mirrorPaths(settings: Settings): readonly FieldPath[] {
  if (isIstio(settings)) return [["mirrors"]];
  return below(settings, ["routes"]).flatMap((route) => below(settings, [...route, "candidates"]));
}

/** Writes out what `breaker: false` means, so that flags find a mapping. */
export function writeOutBreakers(settings: Settings): void {
  for (const parent of mirrorPaths(settings)) {
    const path = [...parent, "breaker"];
    if (settings.at(path) !== false) continue;
    // As if each field stood where the word does.
    settings.set(path, { failures: 0 }, settings.place(path, "value").place);
  }
}

function below(settings: Settings, path: FieldPath): readonly FieldPath[] {
  const list = settings.at(path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}
