import type { Problem } from "../config-error.ts";
import { namedAddresses } from "../values/addresses.ts";
import { ADDRESS_FLAG, ISTIO_FLAG } from "./flags.ts";
import { overrideProblem, readOverride, type Environment, type FlagValues, type Settings } from "./settings.ts";

/** Applies --istio and --address. An address replaces the URLs of the same subset in the document. */
export function applyIstio(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const files = readOverride(ISTIO_FLAG, flags, env);
  if (files !== undefined) settings.set(["istio"], files.value, files.place);
  const addresses = readOverride(ADDRESS_FLAG, flags, env);
  if (addresses === undefined) return [];
  const { place, value } = addresses;
  // The variable separates addresses with spaces, because commas separate the URLs of one.
  const texts = typeof value === "string" ? value.trim().split(/\s+/) : value;
  return texts.flatMap((text) => {
    const parsed = namedAddresses.parse(text);
    if ("problem" in parsed) return [overrideProblem(place, parsed.problem, namedAddresses.allowed)];
    settings.set(["addresses", parsed.value.key], parsed.value.urls, place);
    return [];
  });
}
