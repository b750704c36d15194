import { z } from "zod";
import type { AdminConfig, Config } from "../model/config.ts";
import { ConfigError, type Problem } from "./config-error.ts";
import { crossProblems } from "./cross-check.ts";
import { documentSchema, type Document } from "./document.ts";
import { FLAGS, type FieldPath, type Flag } from "./flags.ts";
import { issueProblems, problemAt } from "./issues.ts";
import { resolve } from "./resolve.ts";
import { given, Settings, type Environment, type FlagValues } from "./settings.ts";
import { applyVersions } from "./versions.ts";
import { readYaml } from "./yaml-file.ts";

export interface ConfigSources {
  /** The document; `path` is how errors name it. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly flags: FlagValues;
  readonly env: Environment;
  /** What is wrong with `admin.listen` once all is known, in a sentence; undefined for nothing. */
  readonly adminProblem?: ((admin: AdminConfig) => string | undefined) | undefined;
}

/**
 * Joins flags, environment, document and defaults, the first that has a value winning, and checks the whole.
 * The token of the admin listener is read from its file.
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig({ file, flags, env, adminProblem }: ConfigSources): Config {
  const settings = new Settings(file === undefined ? undefined : readYaml(file));
  fail(applyVersions(settings, flags, env));
  fail(FLAGS.flatMap((flag) => applyFlag(settings, flag, flags, env)));
  const document = parse(settings);
  fail(crossProblems(document, settings));
  const config = resolve(document, settings, env);
  const problem = adminProblem?.(config.admin);
  if (problem !== undefined) throw new ConfigError([problemAt(settings, ["admin", "listen"], problem)]);
  return config;
}

function fail(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

function parse(settings: Settings): Document {
  const result = z.safeParse(documentSchema, settings.value, { reportInput: true });
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => issueProblems(issue, settings)));
  return result.data;
}

function applyFlag(settings: Settings, flag: Flag, flags: FlagValues, env: Environment): readonly Problem[] {
  const found = flag.path === undefined ? undefined : given(flag, flags, env);
  if (flag.path === undefined || found === undefined) return [];
  const secondary = flag.path[2] === "secondary";
  if (secondary && settings.at(flag.path.slice(0, -1)) === undefined) {
    return [{ place: found.place, field: "", message: "there is no secondary; give --secondary URL too", allowed: "" }];
  }
  for (const path of everyPath(settings, flag.path)) settings.set(path, found.value, found.place);
  return [];
}

/** The path itself, or one for each item of the list where it has `*`. */
function everyPath(settings: Settings, path: FieldPath): readonly FieldPath[] {
  const star = path.indexOf("*");
  if (star === -1) return [path];
  const list = settings.at(path.slice(0, star));
  return Array.isArray(list) ? list.map((_, index) => path.with(star, index)) : [];
}
