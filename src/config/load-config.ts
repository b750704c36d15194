import { z } from "zod";
import type { Address, AdminConfig, Config } from "../model/config.ts";
import { ConfigError, type Problem } from "./config-error.ts";
import { istioProblems, nativeProblems } from "./cross-check.ts";
import { descriptorSetProblems } from "./native/descriptor-set-file.ts";
import { istioSchema, nativeSchema, type Common } from "./config-document.ts";
import { FLAGS, ISTIO_FLAG, TAP_FLAG, type FieldPath, type Flag } from "./options/flags.ts";
import { applyIstio, isIstio, mirrorsPath } from "./options/istio-flags.ts";
import { issueProblems, problemAt } from "./values/schema-issues.ts";
import { istioRouting } from "./istio/istio-routing.ts";
import { writeOutBreakers } from "./options/mirror-paths.ts";
import { adminToken, resolve } from "./resolve-config.ts";
import { resolveRoutes } from "./native/routes/resolve-routes.ts";
import { routeWarnings } from "./native/routes/route-warnings.ts";
import { ruleProblems, ruleWarnings, type RuleCheck } from "./native/rules/check-rules.ts";
import { given, Settings, type Environment, type FlagValues } from "./options/settings.ts";
import { resolveSubsets, unreadableFiles } from "./native/subsets.ts";
import { applyTap, spreadTapMethods } from "./options/tap-flags.ts";
import { applyVersions } from "./options/version-flags.ts";
import { readYaml } from "./yaml-file.ts";

/** They are laid over the document before the others: what these are written into depends on them. */
const SPECIAL_FLAGS: ReadonlySet<Flag> = new Set([ISTIO_FLAG, TAP_FLAG]);

/** What a configuration is loaded for: who checks it may be on another machine than who serves it. */
type Purpose = "serve" | "check";

export interface ConfigSources {
  /** The document; `path` is how errors name it. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly flags: FlagValues;
  readonly env: Environment;
  readonly purpose?: Purpose | undefined;
  /** What is wrong with `admin.listen` once all is known, in a sentence; undefined for nothing. */
  readonly adminProblem?: ((admin: AdminConfig) => string | undefined) | undefined;
  /** What is wrong with a rule, by those who know what paths mean and what they hide. */
  readonly ruleProblem?: RuleCheck | undefined;
}

/** A configuration that can be used, and what a person should know about it. */
export interface Loaded {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Paths of the documents that this one names: when they change, the configuration changes. */
  readonly documents: readonly string[];
}

/**
 * Joins flags, environment, document and defaults, the first that has a value winning, and checks the whole.
 * The token of the admin listener is read from its file.
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig(sources: ConfigSources): Config {
  return loadWithWarnings(sources).config;
}

/**
 * The same, with the warnings.
 * @throws ConfigError with everything that is wrong
 */
export function loadWithWarnings(sources: ConfigSources): Loaded {
  const { file, flags, env, adminProblem } = sources;
  const settings = new Settings(file === undefined ? undefined : readYaml(file), file?.path);
  fail([
    ...applyIstio(settings, flags, env),
    ...applyVersions(settings, flags, env),
    ...applyTap(settings, flags, env),
  ]);
  writeOutBreakers(settings);
  fail(FLAGS.flatMap((flag) => applyFlag(settings, flag, flags, env)));
  spreadTapMethods(settings);
  const loaded = isIstio(settings) ? fromIstio(settings, sources) : fromRoutes(settings, sources);
  const warnings = [...loaded.warnings, ...ruleWarnings(loaded.config.compare.rules, Date.now(), settings)];
  const problem = adminProblem?.(loaded.config.admin);
  if (problem !== undefined) throw new ConfigError([problemAt(settings, ["admin", "listen"], problem)]);
  return { ...loaded, warnings };
}

function fromRoutes(settings: Settings, { env, purpose = "serve", ruleProblem }: ConfigSources): Loaded {
  const document = parse(nativeSchema, settings);
  fail([...nativeProblems(document, settings), ...ruleProblems(document.compare.rules, ruleProblem, settings)]);
  const unreadable = [...unreadableFiles(document, settings), ...descriptorSetProblems(document, settings)];
  if (purpose === "serve") fail(unreadable);
  const subsets = resolveSubsets(document.subsets, settings);
  const routes = resolveRoutes(document.routes, subsets);
  const { token, warnings } = tokenFor(purpose, document, settings, env);
  return {
    config: resolve(document, { subsets, routes }, token, settings),
    warnings: [...unreadable, ...warnings, ...routeWarnings(routes, settings)],
    documents: [],
  };
}

function fromIstio(settings: Settings, { env, purpose = "serve", ruleProblem }: ConfigSources): Loaded {
  const written = parse(istioSchema, settings);
  const routing = istioRouting(written, settings, purpose === "serve" ? "error" : "warning");
  const listen = listenOf(written, routing.listenPort, settings);
  const document = { ...written, listen };
  const errors = routing.diagnostics.filter(({ severity }) => severity === "error");
  const broad = ruleProblems(document.compare.rules, ruleProblem, settings);
  fail([...errors, ...istioProblems(document, settings), ...broad]);
  const files = unreadableFiles({ ...document, subsets: {} }, settings);
  const unreadable = [...files, ...descriptorSetProblems(document, settings)];
  if (purpose === "serve") fail(unreadable);
  const { token, warnings } = tokenFor(purpose, document, settings, env);
  return {
    config: resolve(document, { subsets: routing.subsets, routes: routing.routes }, token, settings),
    warnings: [...routing.diagnostics, ...unreadable, ...warnings],
    documents: routing.documents,
  };
}

/** A Gateway names a port; whoever says `listen` himself knows better. It is for clients from outside, so on all addresses. */
function listenOf(document: Common, port: number | undefined, settings: Settings): Address {
  if (port === undefined || settings.at(["listen"]) !== undefined) return document.listen;
  return { host: "0.0.0.0", port };
}

/** Who only checks a document need not be where its secrets are. */
function tokenFor(
  purpose: Purpose,
  document: Common,
  settings: Settings,
  env: Environment,
): { readonly token: string | undefined; readonly warnings: readonly Problem[] } {
  try {
    return { token: adminToken(document, settings, env), warnings: [] };
  } catch (error) {
    if (purpose === "serve" || !(error instanceof ConfigError)) throw error;
    return { token: undefined, warnings: error.problems };
  }
}

function fail(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

function parse<T>(schema: z.ZodType<T>, settings: Settings): T {
  const result = z.safeParse(schema, settings.value, { reportInput: true });
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => issueProblems(issue, settings)));
  return result.data;
}

function applyFlag(settings: Settings, flag: Flag, flags: FlagValues, env: Environment): readonly Problem[] {
  const found = flag.path === undefined || SPECIAL_FLAGS.has(flag) ? undefined : given(flag, flags, env);
  if (flag.path === undefined || found === undefined) return [];
  const path = isIstio(settings) ? mirrorsPath(flag.path) : flag.path;
  if (path === undefined) return [{ place: found.place, field: "", message: "the documents say this", allowed: "" }];
  if (path[0] === "tap" && settings.at(["tap"]) === undefined) {
    return [{ place: found.place, field: "", message: "there is no tap; give --tap too", allowed: "" }];
  }
  const paths = everyPath(settings, path);
  if (paths.length === 0 && path.includes("secondary")) {
    return [{ place: found.place, field: "", message: "there is no secondary; give --secondary URL too", allowed: "" }];
  }
  // Where nothing is mirrored, nothing is checked.
  const useful =
    path.at(-1) === "selfCheck" && !isIstio(settings) ? paths.filter((one) => mirrors(settings, one)) : paths;
  for (const one of useful) settings.set(one, found.value, found.place);
  return [];
}

/** Whether the route of an option has candidates. */
function mirrors(settings: Settings, path: FieldPath): boolean {
  const candidates = settings.at([...path.slice(0, -1), "candidates"]);
  return Array.isArray(candidates) && candidates.length > 0;
}

/** The path itself, or one for each item of the lists where it has `*`, as far as there is something to write it into. */
function everyPath(settings: Settings, path: FieldPath): readonly FieldPath[] {
  const star = path.indexOf("*");
  if (star === -1) {
    const needsParent = path[0] === "routes" || path.includes("secondary");
    // A breaker is there without being written.
    const parent = path.slice(0, path.at(-2) === "breaker" ? -2 : -1);
    return !needsParent || settings.at(parent) !== undefined ? [path] : [];
  }
  const list = settings.at(path.slice(0, star));
  return Array.isArray(list) ? list.flatMap((_, index) => everyPath(settings, path.with(star, index))) : [];
}
