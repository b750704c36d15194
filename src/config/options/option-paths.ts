import type { FieldPath } from "./option.ts";
import { MIRROR_OPTIONS, ROUTE_OPTIONS } from "./options.ts";
import type { Settings } from "./settings.ts";

/** Whether the routes come from Istio or Gateway API documents. */
export function isIstio(settings: Settings): boolean {
  return settings.at(["istio"]) !== undefined;
}

/** The path of a route option under `mirrors`, for Istio documents; undefined if the documents define that option themselves. */
export function mirrorsPath(path: FieldPath): FieldPath | undefined {
  if (path[0] !== "routes") return path;
  const below = path.slice(path.lastIndexOf("*") + 1);
  const [field] = below;
  if (field === "secondary") return ["mirrors", ...below];
  return field !== undefined && (field in MIRROR_OPTIONS || field in ROUTE_OPTIONS) ? ["mirrors", ...below] : undefined;
}

/** The paths of all mappings with mirror options: each candidate, or `mirrors` for Istio documents. */
export function mirrorPaths(settings: Settings): readonly FieldPath[] {
  if (isIstio(settings)) return [["mirrors"]];
  return itemPaths(settings, ["routes"]).flatMap((route) => itemPaths(settings, [...route, "candidates"]));
}

function itemPaths(settings: Settings, path: FieldPath): readonly FieldPath[] {
  const list = settings.at(path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** Replaces `breaker: false` by the mapping that it stands for, so that flags can set its fields. */
export function expandBreakerShorthand(settings: Settings): void {
  for (const parent of mirrorPaths(settings)) {
    const path = [...parent, "breaker"];
    if (settings.at(path) !== false) continue;
    settings.set(path, { failures: 0 }, settings.place(path, "value").place);
  }
}

/** All paths of an option: one for each list item that a `*` stands for, where the parent mapping exists. */
export function expandPath(settings: Settings, path: FieldPath): readonly FieldPath[] {
  const star = path.indexOf("*");
  if (star === -1) {
    const needsParent = path[0] === "routes" || path.includes("secondary");
    // `breaker` has defaults, so the document can leave it out.
    const parent = path.slice(0, path.at(-2) === "breaker" ? -2 : -1);
    return !needsParent || settings.at(parent) !== undefined ? [path] : [];
  }
  const list = settings.at(path.slice(0, star));
  return Array.isArray(list) ? list.flatMap((_, index) => expandPath(settings, path.with(star, index))) : [];
}

/** Whether the route with this option has candidates. */
export function routeHasCandidates(settings: Settings, path: FieldPath): boolean {
  const candidates = settings.at([...path.slice(0, -1), "candidates"]);
  return Array.isArray(candidates) && candidates.length > 0;
}
