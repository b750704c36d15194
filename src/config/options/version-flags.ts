import { namedOrigin } from "../values/addresses.ts";
import type { Problem } from "../config-error.ts";
import { CANDIDATE_FLAG, PRIMARY_FLAG, SECONDARY_FLAG, type Flag } from "./flags.ts";
import { problemAt } from "../values/schema-issues.ts";
import { isIstio } from "./option-paths.ts";
import { takeVersions } from "./shorthand.ts";
import { overrideProblem, readOverride, type Environment, type FlagValues, type Settings } from "./settings.ts";

/** A version as named by a flag, or by the field of the same name in the document. */
interface VersionOverride {
  readonly place: string;
  readonly name: string | undefined;
  readonly url: string;
}

/**
 * Applies --primary, --candidate and --secondary, and the fields of the same names. Without routes in the document they define the
 * only route; with routes the flags replace the URL of the subset in that role.
 */
export function applyVersions(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const problems: Problem[] = [];
  const read = (flag: Flag): readonly VersionOverride[] => readVersions(flag, settings, flags, env, problems);
  const [primary] = read(PRIMARY_FLAG);
  const candidates = read(CANDIDATE_FLAG);
  const [secondary] = read(SECONDARY_FLAG);
  if (problems.length > 0) return problems;

  if (isIstio(settings)) return applyIstioVersions(settings, primary, candidates, secondary);
  if (settings.at(["routes"]) === undefined) {
    const hasFlags = primary !== undefined || candidates.length > 0 || secondary !== undefined;
    // Without flags, the schema reports what a document lacks.
    return !hasFlags && settings.hasFile ? [] : createRoute(settings, primary, candidates, secondary);
  }
  if (primary !== undefined)
    problems.push(...replaceUrl(settings, PRIMARY_FLAG, primary, roleNames(settings, "primary")));
  for (const candidate of candidates) {
    problems.push(...replaceUrl(settings, CANDIDATE_FLAG, candidate, roleNames(settings, "candidates")));
  }
  if (secondary !== undefined) {
    const names = roleNames(settings, "secondary");
    if (names.length === 0) addSecondary(settings, secondary);
    else problems.push(...replaceUrl(settings, SECONDARY_FLAG, secondary, names));
  }
  return problems;
}

/** Istio documents define primaries and candidates; only a secondary comes from a flag. */
function applyIstioVersions(
  settings: Settings,
  primary: VersionOverride | undefined,
  candidates: readonly VersionOverride[],
  secondary: VersionOverride | undefined,
): readonly Problem[] {
  if (secondary !== undefined) {
    const path = ["mirrors", "secondary"];
    settings.set([...path, "url"], secondary.url, secondary.place);
    if (secondary.name !== undefined) settings.set([...path, "name"], secondary.name, secondary.place);
  }
  const message = "the Istio documents define the versions; set their URLs with --address HOST/SUBSET=URL";
  return [...(primary ? [primary] : []), ...candidates].map(({ place }) => overrideProblem(place, message));
}

function readVersions(
  flag: Flag,
  settings: Settings,
  flags: FlagValues,
  env: Environment,
  problems: Problem[],
): readonly VersionOverride[] {
  const written = takeVersions(flag, settings);
  const override = readOverride(flag, flags, env);
  const versions =
    override === undefined ? written : textsOf(flag, override.value).map((text) => ({ text, place: override.place }));
  return versions.flatMap(({ text, place }, index) => {
    const parsed = namedOrigin.parse(text);
    // A flag with another URL keeps the name, as with subsets: counts are stored by it.
    if ("value" in parsed) return [{ place, ...parsed.value, name: parsed.value.name ?? nameIn(written[index]?.text) }];
    const several = Array.isArray(text) ? "; write several instances as subsets: { v1: { urls: [URL, URL] } }" : "";
    problems.push(overrideProblem(place, `${parsed.problem}${several}`, namedOrigin.allowed));
    return [];
  });
}

function nameIn(text: unknown): string | undefined {
  const parsed = namedOrigin.parse(text);
  return "value" in parsed ? parsed.value.name : undefined;
}

function textsOf({ list }: Flag, value: string | readonly string[]): readonly string[] {
  if (typeof value !== "string") return value;
  return list ? value.split(",") : [value];
}

function createRoute(
  settings: Settings,
  primary: VersionOverride | undefined,
  candidates: readonly VersionOverride[],
  secondary: VersionOverride | undefined,
): readonly Problem[] {
  const missing = [
    ...(primary === undefined ? [PRIMARY_FLAG] : []),
    ...(candidates.length === 0 ? [CANDIDATE_FLAG] : []),
  ];
  if (primary === undefined || candidates.length === 0) {
    return missing.map(({ flag, key, help }) =>
      settings.hasFile
        ? problemAt(settings, [key], `missing; write ${key}: URL, the ${help}`)
        : overrideProblem(flag, `missing; write the ${help}, or --config FILE (shadowdiff init writes one)`),
    );
  }
  const named = candidates.map((candidate, index) => ({
    ...candidate,
    name: candidate.name ?? (index === 0 ? "candidate" : `candidate-${index + 1}`),
  }));
  const taken = new Set<string>();
  const problems: Problem[] = [];
  const add = (name: string, { place, url }: VersionOverride): string => {
    if (taken.has(name)) problems.push(overrideProblem(place, `two versions are named "${name}"`));
    taken.add(name);
    settings.set(["subsets", name, "url"], url, place);
    return name;
  };
  const route = {
    primary: [{ subset: add(primary.name ?? "primary", primary) }],
    candidates: named.map((candidate) => ({ subset: add(candidate.name, candidate) })),
    ...(secondary && { secondary: { subset: add(secondary.name ?? "secondary", secondary) } }),
  };
  settings.set(["routes"], [route], primary.place);
  return problems;
}

/** Replaces the URL of the named subset, or of the only one in the role if the flag has no name. */
function replaceUrl(
  settings: Settings,
  flag: Flag,
  version: VersionOverride,
  names: readonly string[],
): readonly Problem[] {
  const name = version.name ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !names.includes(name)) {
    const message =
      version.name === undefined ? "ambiguous; name the subset" : `no route has "${version.name}" in this role`;
    return [overrideProblem(version.place, message, names.map((one) => `${flag.flag} ${one}=URL`).join(", "))];
  }
  settings.set(["subsets", name, "url"], version.url, version.place);
  if (settings.at(["subsets", name, "urls"]) !== undefined) {
    settings.set(["subsets", name, "urls"], undefined, version.place);
  }
  return [];
}

/** Adds the secondary to every route with candidates. */
function addSecondary(settings: Settings, { name = "secondary", url, place }: VersionOverride): void {
  settings.set(["subsets", name, "url"], url, place);
  for (const [index] of listOfRoutes(settings).entries()) {
    const candidates = settings.at(["routes", index, "candidates"]);
    if (!Array.isArray(candidates) || candidates.length === 0) continue;
    settings.set(["routes", index, "secondary", "subset"], name, place);
  }
}

/** Names of the subsets in a role on any route. The document is not validated yet. */
function roleNames(settings: Settings, role: "primary" | "candidates" | "secondary"): readonly string[] {
  const entries = listOfRoutes(settings).flatMap((_, index): readonly unknown[] => {
    const found = settings.at(["routes", index, role]);
    return Array.isArray(found) ? found : [found];
  });
  const names = entries.flatMap((entry) => {
    const subset = (entry as { subset?: unknown } | null | undefined)?.subset;
    return typeof subset === "string" ? [subset] : [];
  });
  return [...new Set(names)];
}

function listOfRoutes(settings: Settings): readonly unknown[] {
  const routes = settings.at(["routes"]);
  return Array.isArray(routes) ? routes : [];
}
