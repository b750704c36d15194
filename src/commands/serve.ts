import { readFileSync } from "node:fs";
import { adminBindProblem } from "../admin/bind.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load.ts";
import type { Environment, FlagValues } from "../config/settings.ts";
import { EXIT_USAGE } from "../lib/exit-codes.ts";
import { packageVersion } from "../lib/package-version.ts";
import type { Config } from "../model/config.ts";
import { startServe, type Running } from "../serve.ts";
import { awaitInterruption } from "./interruption.ts";
import type { Io } from "./io.ts";
import { listenProblem } from "./listen-problem.ts";

const CONFIG_VARIABLE = "SHADOWDIFF_CONFIG";

/**
 * Serves until SIGINT or SIGTERM, then drains.
 * @param flags by `Flag.key`, and `config`: the path of the document
 * @returns the exit code; 2 with a line on `io.err` for each thing that is wrong with the options
 */
export async function runServe(flags: FlagValues, io: Io, env: Environment): Promise<number> {
  let config: Config;
  let running: Running;
  const interruption = awaitInterruption();
  try {
    config = readConfig(flags, env);
    running = await startServe(config);
  } catch (error) {
    interruption.stop();
    const problem = error instanceof ConfigError ? error.message : listenProblem(error);
    if (problem === undefined) throw error;
    io.err(`${problem}\n`);
    return EXIT_USAGE;
  }
  io.out(startText(config, running));
  const code = await interruption.code;
  await running.drain();
  return code;
}

function readConfig(flags: FlagValues, env: Environment): Config {
  const path = flags["config"] ?? env[CONFIG_VARIABLE];
  const file = typeof path === "string" && path !== "" ? { path, text: readDocument(path) } : undefined;
  return loadConfig({ file, flags, env, adminProblem: adminBindProblem });
}

function readDocument(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const message = `the document cannot be read: ${(error as Error).message}`;
    throw new ConfigError([{ place: path, field: "", message, allowed: "" }]);
  }
}

function startText({ route, store }: Config, { run, proxyUrl, adminUrl }: Running): string {
  const candidates = route.candidates.map(({ subset }) => subset.url).join(", ");
  const secondary = route.secondary === undefined ? "" : `, secondary ${route.secondary.subset.url}`;
  return [
    `shadowdiff ${packageVersion()}, run ${run.name}, stored in ${store.path}`,
    `  proxy      ${proxyUrl}`,
    `  dashboard  ${adminUrl}`,
    `  mirroring  primary ${route.primary.url}, candidate ${candidates}${secondary}`,
    "",
  ].join("\n");
}
