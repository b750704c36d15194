import { z } from "zod";
import type { Address, AdminConfig, Config } from "../model/config.ts";
import { istioSchema, nativeSchema, type CommonDocument } from "./config-document.ts";
import { ConfigError, type Problem } from "./config-error.ts";
import { istioProblems, nativeProblems } from "./cross-check.ts";
import { istioRouting } from "./istio/istio-routing.ts";
import { resolveRoutes } from "./native/routes/resolve-routes.ts";
import { routeWarnings } from "./native/routes/route-warnings.ts";
import { ruleProblems, ruleWarnings, type RuleCheck } from "./native/rules/check-rules.ts";
import { resolveSubsets } from "./native/subsets.ts";
import { FLAGS, ISTIO_FLAG, TAP_FLAG, type Flag } from "./options/flags.ts";
import { applyIstio } from "./options/istio-flags.ts";
import {
  expandBreakerShorthand,
  expandPath,
  isIstio,
  mirrorsPath,
  routeHasCandidates,
} from "./options/option-paths.ts";
import { overrideProblem, readOverride, Settings, type Environment, type FlagValues } from "./options/settings.ts";
import { applyTap, applyTapMethods } from "./options/tap-flags.ts";
import { applyVersions } from "./options/version-flags.ts";
import { descriptorSetProblems, pemFileProblems } from "./referenced-files.ts";
import { adminToken, resolveConfig } from "./resolve-config.ts";
import { issueProblems, problemAt } from "./values/schema-issues.ts";
import { readYaml } from "./yaml-file.ts";

/** Applied before the other flags, whose paths depend on them. */
const STRUCTURAL_FLAGS: ReadonlySet<Flag> = new Set([ISTIO_FLAG, TAP_FLAG]);

/** `check` can run on another machine than `serve`: files that cannot be read are warnings then, not errors. */
type Purpose = "serve" | "check";

export interface ConfigSources {
  /** The document. Errors name it by `path`. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly flags: FlagValues;
  readonly env: Environment;
  readonly purpose?: Purpose | undefined;
  /** Checks the resolved admin listener. @returns the problem of `admin.listen` */
  readonly adminProblem?: ((admin: AdminConfig) => string | undefined) | undefined;
  /** Checks a rule; injected, because the meaning of paths belongs to the comparison. */
  readonly ruleProblem?: RuleCheck | undefined;
}

/** A valid configuration and its warnings. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Paths of the documents that this one refers to. When they change, the configuration changes. */
  readonly documents: readonly string[];
}

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
  const { file, flags, env, adminProblem } = sources;
  const settings = new Settings(file === undefined ? undefined : readYaml(file), file?.path);
  throwProblems([
    ...applyIstio(settings, flags, env),
    ...applyVersions(settings, flags, env),
    ...applyTap(settings, flags, env),
  ]);
  expandBreakerShorthand(settings);
  throwProblems(FLAGS.flatMap((flag) => applyFlag(settings, flag, flags, env)));
  applyTapMethods(settings);
  const loaded = isIstio(settings) ? loadIstioDocument(settings, sources) : loadNativeDocument(settings, sources);
  const warnings = [...loaded.warnings, ...ruleWarnings(loaded.config.compare.rules, Date.now(), settings)];
  const problem = adminProblem?.(loaded.config.admin);
  if (problem !== undefined) throw new ConfigError([problemAt(settings, ["admin", "listen"], problem)]);
  return { ...loaded, warnings };
}

function loadNativeDocument(settings: Settings, { env, purpose = "serve", ruleProblem }: ConfigSources): LoadedConfig {
  const document = parseDocument(nativeSchema, settings);
  throwProblems([
    ...nativeProblems(document, settings),
    ...ruleProblems(document.compare.rules, ruleProblem, settings),
  ]);
  const fileProblems = [...pemFileProblems(document, settings), ...descriptorSetProblems(document, settings)];
  if (purpose === "serve") throwProblems(fileProblems);
  const subsets = resolveSubsets(document.subsets, settings);
  const routes = resolveRoutes(document.routes, subsets);
  const { token, warnings } = readToken(purpose, document, settings, env);
  return {
    config: resolveConfig(document, { subsets, routes }, token, settings),
    warnings: [...fileProblems, ...warnings, ...routeWarnings(routes, settings)],
    documents: [],
  };
}

function loadIstioDocument(settings: Settings, { env, purpose = "serve", ruleProblem }: ConfigSources): LoadedConfig {
  const written = parseDocument(istioSchema, settings);
  const routing = istioRouting(written, settings, purpose === "serve" ? "error" : "warning");
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
  const { token, warnings } = readToken(purpose, document, settings, env);
  return {
    config: resolveConfig(document, { subsets: routing.subsets, routes: routing.routes }, token, settings),
    warnings: [...routing.diagnostics, ...fileProblems, ...warnings],
    documents: routing.documents,
  };
}

/** The port of a Gateway applies unless `listen` is set. A Gateway serves external clients, so it listens on all interfaces. */
function listenAddress(document: CommonDocument, gatewayPort: number | undefined, settings: Settings): Address {
  if (gatewayPort === undefined || settings.at(["listen"]) !== undefined) return document.listen;
  return { host: "0.0.0.0", port: gatewayPort };
}

function readToken(
  purpose: Purpose,
  document: CommonDocument,
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

function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

function parseDocument<T>(schema: z.ZodType<T>, settings: Settings): T {
  const result = z.safeParse(schema, settings.value, { reportInput: true });
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => issueProblems(issue, settings)));
  return result.data;
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
  // A self-check of a route without candidates has no effect.
  const isSelfCheck = path.at(-1) === "selfCheck" && !isIstio(settings);
  const effective = isSelfCheck ? paths.filter((one) => routeHasCandidates(settings, one)) : paths;
  for (const one of effective) settings.set(one, value, place);
  return [];
}
