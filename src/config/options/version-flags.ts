import { namedOrigin } from "../values/addresses.ts";
import type { Problem } from "../config-error.ts";
import { CANDIDATE_FLAG, PRIMARY_FLAG, SECONDARY_FLAG, type Flag } from "./flags.ts";
import { isIstio } from "./istio-flags.ts";
import { given, type Environment, type FlagValues, type Settings } from "./settings.ts";

interface Version {
  readonly place: string;
  readonly name: string | undefined;
  readonly url: string;
}

/**
 * Lays --primary, --candidate and --secondary over the document. Without routes they make the route; with routes each
 * gives another URL to the version that plays the role there, and the rest of the route stays.
 * @returns what is wrong with them
 */
export function applyVersions(settings: Settings, flags: FlagValues, env: Environment): readonly Problem[] {
  const problems: Problem[] = [];
  const read = (flag: Flag): readonly Version[] => versions(flag, flags, env, problems);
  const [primary] = read(PRIMARY_FLAG);
  const candidates = read(CANDIDATE_FLAG);
  const [secondary] = read(SECONDARY_FLAG);
  if (problems.length > 0) return problems;

  if (isIstio(settings)) return istioVersions(settings, primary, candidates, secondary);
  if (settings.at(["routes"]) === undefined) {
    const none = primary === undefined && candidates.length === 0 && secondary === undefined;
    // What a document lacks is told as such.
    return none && settings.hasFile ? [] : makeRoute(settings, primary, candidates, secondary);
  }
  if (primary !== undefined)
    problems.push(...readdress(settings, PRIMARY_FLAG, primary, roleNames(settings, "primary")));
  for (const candidate of candidates) {
    problems.push(...readdress(settings, CANDIDATE_FLAG, candidate, roleNames(settings, "candidates")));
  }
  if (secondary !== undefined) {
    const names = roleNames(settings, "secondary");
    if (names.length === 0) addSecondary(settings, secondary);
    else problems.push(...readdress(settings, SECONDARY_FLAG, secondary, names));
  }
  return problems;
}

/** The documents name the versions, but none of them knows a second copy of the primary's. */
function istioVersions(
  settings: Settings,
  primary: Version | undefined,
  candidates: readonly Version[],
  secondary: Version | undefined,
): readonly Problem[] {
  if (secondary !== undefined) {
    const path = ["mirrors", "secondary"];
    settings.set([...path, "url"], secondary.url, secondary.place);
    if (secondary.name !== undefined) settings.set([...path, "name"], secondary.name, secondary.place);
  }
  const message = "the documents name the versions; write --address HOST/SUBSET=URL";
  return [...(primary ? [primary] : []), ...candidates].map(({ place }) => ({
    place,
    field: "",
    message,
    allowed: "",
  }));
}

function versions(flag: Flag, flags: FlagValues, env: Environment, problems: Problem[]): readonly Version[] {
  const found = given(flag, flags, env);
  if (found === undefined) return [];
  const texts = typeof found.value === "string" ? (flag.list ? found.value.split(",") : [found.value]) : found.value;
  return texts.flatMap((text) => {
    const parsed = namedOrigin.parse(text);
    if ("value" in parsed) return [{ place: found.place, ...parsed.value }];
    problems.push({ place: found.place, field: "", message: parsed.problem, allowed: namedOrigin.allowed });
    return [];
  });
}

function makeRoute(
  settings: Settings,
  primary: Version | undefined,
  candidates: readonly Version[],
  secondary: Version | undefined,
): readonly Problem[] {
  const missing = [
    ...(primary === undefined ? [PRIMARY_FLAG] : []),
    ...(candidates.length === 0 ? [CANDIDATE_FLAG] : []),
  ];
  if (primary === undefined || candidates.length === 0) {
    return missing.map(({ flag, help }) => ({
      place: flag,
      field: "",
      message: `missing: the URL of ${help}; or give a document with subsets and routes (--config FILE)`,
      allowed: "",
    }));
  }
  const named = candidates.map((candidate, index) => ({
    ...candidate,
    name: candidate.name ?? (index === 0 ? "candidate" : `candidate-${index + 1}`),
  }));
  const taken = new Set<string>();
  const problems: Problem[] = [];
  const add = (name: string, { place, url }: Version): string => {
    if (taken.has(name)) problems.push({ place, field: "", message: `two versions are called "${name}"`, allowed: "" });
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

/** Gives the URL to the version with this name, or to the only one when no name is given. */
function readdress(settings: Settings, flag: Flag, version: Version, names: readonly string[]): readonly Problem[] {
  const name = version.name ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !names.includes(name)) {
    const message = version.name === undefined ? "say which one it is" : `no route has "${version.name}" in this role`;
    return [
      { place: version.place, field: "", message, allowed: names.map((one) => `${flag.flag} ${one}=URL`).join(", ") },
    ];
  }
  settings.set(["subsets", name, "url"], version.url, version.place);
  if (settings.at(["subsets", name, "urls"]) !== undefined) {
    settings.set(["subsets", name, "urls"], undefined, version.place);
  }
  return [];
}

/** Every route that has candidates gets it. */
function addSecondary(settings: Settings, { name = "secondary", url, place }: Version): void {
  settings.set(["subsets", name, "url"], url, place);
  for (const [index] of listOfRoutes(settings).entries()) {
    const candidates = settings.at(["routes", index, "candidates"]);
    if (!Array.isArray(candidates) || candidates.length === 0) continue;
    settings.set(["routes", index, "secondary", "subset"], name, place);
  }
}

/** Names of the subsets that play a role on any route, as far as the document is in order. */
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
