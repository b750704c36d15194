import { adminBindProblem } from "../../admin/host-check.ts";
import { loadWithWarnings } from "../../config/load-config.ts";
import { CONFIG_VARIABLE } from "../../config/options/mistyped-variables.ts";
import type { Environment, FlagValues } from "../../config/options/settings.ts";
import { readDocument } from "../../config/read-document.ts";
import { neverMatchingIn } from "../../report/rules/never-matching.ts";
import type { ReadConfig } from "../../serve/merge-reload.ts";
import { ruleProblem } from "./config-problems.ts";

/**
 * Reads the configuration of a process that sends requests.
 * @param flags by `Flag.key`; `config` is the path of the document
 * @throws ConfigError with all problems
 */
export function readConfig(flags: FlagValues, env: Environment): ReadConfig {
  const path = flags["config"] ?? env[CONFIG_VARIABLE];
  const file = typeof path === "string" && path !== "" ? { path, text: readDocument(path) } : undefined;
  const { config, warnings, documents, options } = loadWithWarnings({
    file,
    flags,
    env,
    adminProblem: adminBindProblem,
    ruleProblem,
    neverMatching: neverMatchingIn,
  });
  return { config, warnings, options, files: [...(file === undefined ? [] : [file.path]), ...documents] };
}
