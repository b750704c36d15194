import { namedAddresses } from "../values/addresses.ts";
import type { Problem } from "../config-error.ts";
import { ADDRESS_FLAG, ISTIO_FLAG, type FieldPath } from "./flags.ts";
import { MIRROR_OPTIONS, ROUTE_OPTIONS } from "./options.ts";
import { given, type Environment, type FlagValues, type Settings } from "./settings.ts";

/** Whether the routes come from documents of Istio or Gateway API. */
export function isIstio(settings: Settings): boolean {
  return settings.at(["istio"]) !== undefined;
}

/**
 * Lays --istio and --address over the document; an address replaces the one of the same subset.
 * @returns what is wrong with them
 */
export function applyIstio(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const files = given(ISTIO_FLAG, flags, env);
  if (files !== undefined) settings.set(["istio"], files.value, files.place);
  const addresses = given(ADDRESS_FLAG, flags, env);
  if (addresses === undefined) return [];
  const { place, value } = addresses;
  // In the variable spaces stand between them: commas stand between the URLs of one.
  const texts = typeof value === "string" ? value.trim().split(/\s+/) : value;
  return texts.flatMap((text) => {
    const parsed = namedAddresses.parse(text);
    if ("problem" in parsed) {
      return [{ place, field: "", message: parsed.problem, allowed: namedAddresses.allowed }];
    }
    settings.set(["addresses", parsed.value.key], parsed.value.urls, place);
    return [];
  });
}

/** Where an option of routes stands when documents say the routes; undefined when they say that option too. */
export function mirrorsPath(path: FieldPath): FieldPath | undefined {
  if (path[0] !== "routes") return path;
  const below = path.slice(path.lastIndexOf("*") + 1);
  const [field] = below;
  if (field === "secondary") return ["mirrors", ...below];
  return field !== undefined && (field in MIRROR_OPTIONS || field in ROUTE_OPTIONS) ? ["mirrors", ...below] : undefined;
}
