import { z } from "zod";
import type { Address, AdminConfig, Config } from "../model/config.ts";
import { allFieldsSchema, istioSchema, nativeSchema, type CommonDocument } from "./config-document.ts";
import { ConfigError, type Problem } from "./config-error.ts";
import { istioProblems, nativeProblems } from "./cross-check.ts";
import { istioRouting } from "./istio/istio-routing.ts";
import { resolveRoutes } from "./native/routes/resolve-routes.ts";
import { routeWarnings } from "./native/routes/route-warnings.ts";
import { ruleProblems, ruleWarnings, type RuleCheck } from "./native/rules/check-rules.ts";
import { resolveSubsets } from "./native/subsets.ts";
import { FLAGS, ISTIO_FLAG, TAP_FLAG, type Flag } from "./options/flags.ts";
import { effectiveOptions } from "./options/effective-options.ts";
import { applyIstio } from "./options/istio-flags.ts";
import {
  expandBreakerShorthand,
  expandPath,
  isIstio,
  mirrorsPath,
  routeHasCandidates,
} from "./options/option-paths.ts";
import { overrideProblem, readOverride, Settings, type Environment, type FlagValues } from "./options/settings.ts";
import { mistypedVariables } from "./options/mistyped-variables.ts";
import { applyShorthand, shorthandProblems } from "./options/shorthand.ts";
import { applyTap, applyTapMethods } from "./options/tap-flags.ts";
import { applyVersions } from "./options/version-flags.ts";
import { readContract } from "./openapi/contract-of-document.ts";
import { descriptorSetProblems, pemFileProblems, type Purpose } from "./referenced-files.ts";
import { adminTokens, resolveConfig, type AdminTokens } from "./resolve-config.ts";
import { issueProblems, problemAt } from "./values/schema-issues.ts";
import { readYaml } from "./yaml-file.ts";
import type { EffectiveOption } from "../model/views/configuration.ts";

// Compiling schemas is for those that parse often. These parse a configuration once: 5 ms less.
z.config({ jitless: true });

/** Applied before the other flags, whose paths depend on them. */
const STRUCTURAL_FLAGS: ReadonlySet<Flag> = new Set([ISTIO_FLAG, TAP_FLAG]);

/** Required together in a document without Istio documents and without shorthand. */
const ROUTING_FIELDS: readonly string[] = ["subsets", "routes"];

export interface ConfigSources {
  /** The document. Errors name it by `path`. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Istio documents that were read already, by path. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
  readonly flags: FlagValues;
  readonly env: Environment;
  readonly purpose?: Purpose | undefined;
  /** Checks the resolved admin listener. @returns the problem of `admin.listen` */
  readonly adminProblem?: ((admin: AdminConfig) => string | undefined) | undefined;
  /** Checks a rule; injected, because the meaning of paths belongs to the comparison. */
  readonly ruleProblem?: RuleCheck | undefined;
  /** Finds rules and patterns that never match; injected like `ruleProblem`. */
  readonly neverMatching?: NeverMatching | undefined;
}

/** @returns the path in the document, and why what is there never matches */
type NeverMatching = (config: Config) => readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];

/** A valid configuration and its warnings. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Every option with its source. */
  readonly options: readonly EffectiveOption[];
  /** Paths of the documents that this one refers to. When they change, the configuration changes. */
  readonly documents: readonly string[];
}

type LoadedDocument = Omit<LoadedConfig, "options">;

/**
 * Merges flags, environment, document and defaults, in this order of precedence, and validates the result. Reads the admin token
 * from its file.
 * @throws ConfigError with all problems
 */
export function loadConfig(sources: ConfigSources): Config {
  return loadWithWarnings(sources).config;
}

/**
 * Like `loadConfig`, with warnings.
 * @throws ConfigError with all problems
 */
export function loadWithWarnings(sources: ConfigSources): LoadedConfig {
  const mistyped = mistypedVariables(sources.env);
  try {
    const loaded = loadOnce(sources);
    return { ...loaded, warnings: [...mistyped, ...loaded.warnings] };
  } catch (error) {
    // What an error misses can be in a variable that was mistyped.
    throw error instanceof ConfigError ? new ConfigError([...mistyped, ...error.problems]) : error;
  }
}

function loadOnce(sources: ConfigSources): LoadedConfig {
  const { file, flags, env, adminProblem, neverMatching } = sources;
  const settings = new Settings(file === undefined ? undefined : readYaml(file), file?.path);
  throwProblems([...applyIstio(settings, flags, env), ...shorthandProblems(settings)]);
  const versionProblems = [...applyVersions(settings, flags, env), ...applyTap(settings, flags, env)];
  // A missing version can be a misspelled field.
  if (versionProblems.length > 0) throw new ConfigError([...unknownFields(settings), ...versionProblems]);
  throwProblems(applyShorthand(settings));
  expandBreakerShorthand(settings);
  throwProblems(FLAGS.flatMap((flag) => applyFlag(settings, flag, flags, env)));
  applyTapMethods(settings);
  const loaded = isIstio(settings) ? loadIstioDocument(settings, sources) : loadNativeDocument(settings, sources);
  const { config } = loaded;
  const unused = neverMatching?.(config) ?? [];
  const warnings = [
    ...loaded.warnings,
    ...ruleWarnings(config.compare.rules, Date.now(), settings),
    ...unused.map(({ path, message }) => problemAt(settings, path, message)),
  ];
  const problem = adminProblem?.(config.admin);
  if (problem !== undefined) throw new ConfigError([problemAt(settings, ["admin", "listen"], problem)]);
  return { ...loaded, options: effectiveOptions(settings, config.admin.token !== undefined), warnings };
}

function loadNativeDocument(
  settings: Settings,
  { env, purpose = "serve", ruleProblem }: ConfigSources,
): LoadedDocument {
  const document = parseDocument(nativeSchema, settings);
  throwProblems([
    ...nativeProblems(document, settings),
    ...ruleProblems(document.compare.rules, ruleProblem, settings),
  ]);
  const fileProblems = [...pemFileProblems(document, settings), ...descriptorSetProblems(document, settings)];
  if (purpose === "serve") throwProblems(fileProblems);
  const subsets = resolveSubsets(document.subsets, settings);
  const routes = resolveRoutes(document.routes, subsets);
  const { tokens, warnings } = readTokens(purpose, document, settings, env);
  const { contract, ...read } = readContract(document, settings, purpose);
  return {
    config: resolveConfig(document, { subsets, routes }, tokens, settings, contract),
    warnings: [...fileProblems, ...read.warnings, ...warnings, ...routeWarnings(routes, settings)],
    documents: read.files,
  };
}

function loadIstioDocument(settings: Settings, sources: ConfigSources): LoadedDocument {
  const { env, purpose = "serve", ruleProblem } = sources;
  const written = parseDocument(istioSchema, settings);
  const routing = istioRouting(written, settings, purpose === "serve" ? "error" : "warning", sources.texts);
  const document = { ...written, listen: listenAddress(written, routing.listenPort, settings) };
  throwProblems([
    ...routing.diagnostics.filter(({ severity }) => severity === "error"),
    ...istioProblems(document, settings),
    ...ruleProblems(document.compare.rules, ruleProblem, settings),
  ]);
  const fileProblems = [
    ...pemFileProblems({ ...document, subsets: {} }, settings),
    ...descriptorSetProblems(document, settings),
  ];
  if (purpose === "serve") throwProblems(fileProblems);
  const { tokens, warnings } = readTokens(purpose, document, settings, env);
  const { contract, ...read } = readContract(document, settings, purpose);
  return {
    config: resolveConfig(document, { subsets: routing.subsets, routes: routing.routes }, tokens, settings, contract),
    warnings: [...routing.diagnostics, ...fileProblems, ...read.warnings, ...warnings],
    documents: [...routing.documents, ...read.files],
  };
}

/** The port of a Gateway applies unless `listen` is set. A Gateway serves external clients, so it listens on all interfaces. */
function listenAddress(document: CommonDocument, gatewayPort: number | undefined, settings: Settings): Address {
  if (gatewayPort === undefined || settings.at(["listen"]) !== undefined) return document.listen;
  return { host: "0.0.0.0", port: gatewayPort };
}

function readTokens(
  purpose: Purpose,
  document: CommonDocument,
  settings: Settings,
  env: Environment,
): { readonly tokens: AdminTokens; readonly warnings: readonly Problem[] } {
  try {
    return { tokens: adminTokens(document, settings, env), warnings: [] };
  } catch (error) {
    if (purpose === "serve" || !(error instanceof ConfigError)) throw error;
    return { tokens: { token: undefined, rolloutToken: undefined }, warnings: error.problems };
  }
}

function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

function parseDocument<T>(schema: z.ZodType<T>, settings: Settings): T {
  const result = z.safeParse(schema, settings.value, { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  if (!ROUTING_FIELDS.every((field) => isMissing(issues, field))) {
    throw new ConfigError(issues.flatMap((issue) => issueProblems(issue, settings)));
  }
  const others = issues.filter(({ path: [field] }) => !ROUTING_FIELDS.includes(String(field)));
  throw new ConfigError([
    ...others.flatMap((issue) => issueProblems(issue, settings)),
    problemAt(settings, [], "no versions; write primary: URL and candidate: URL, or subsets and routes"),
  ]);
}

function unknownFields(settings: Settings): readonly Problem[] {
  const { error } = z.safeParse(allFieldsSchema, settings.value);
  const unknown = error?.issues.filter(({ code, path }) => code === "unrecognized_keys" && path.length === 0) ?? [];
  return unknown.flatMap((issue) => issueProblems(issue, settings));
}

function isMissing(issues: readonly z.core.$ZodIssue[], field: string): boolean {
  return issues.some(({ path, input }) => path.length === 1 && path[0] === field && input === undefined);
}

function applyFlag(settings: Settings, flag: Flag, flags: FlagValues, env: Environment): readonly Problem[] {
  if (flag.path === undefined || STRUCTURAL_FLAGS.has(flag)) return [];
  const override = readOverride(flag, flags, env);
  if (override === undefined) return [];
  const { place, value } = override;
  const path = isIstio(settings) ? mirrorsPath(flag.path) : flag.path;
  if (path === undefined) return [overrideProblem(place, "the Istio documents define this; remove it")];
  if (path[0] === "tap" && settings.at(["tap"]) === undefined) return [overrideProblem(place, "requires --tap")];
  const paths = expandPath(settings, path);
  if (paths.length === 0 && path.includes("secondary")) return [overrideProblem(place, "requires --secondary URL")];
  const field = path.at(-1);
  // A self-check of a route without candidates has no effect.
  const isSelfCheck = field === "selfCheck" && !isIstio(settings);
  const isDelay = field === "selfCheckDelay";
  const effective = paths.filter(
    (one) =>
      (!isSelfCheck || routeHasCandidates(settings, one)) &&
      (!isDelay || settings.at([...one.slice(0, -1), "selfCheck"]) !== undefined),
  );
  if (isDelay && effective.length === 0) return [overrideProblem(place, "requires --self-check PERCENT")];
  for (const one of effective) settings.set(one, value, place);
  return [];
}
