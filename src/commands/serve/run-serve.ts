import { quote } from "shlex";
import { ConfigError, severityOf } from "../../config/config-error.ts";
import { rolesOf } from "../../config/roles.ts";
import type { Environment, FlagValues } from "../../config/options/settings.ts";
import { collectGarbage } from "../../lib/garbage-collection.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import { buildVersion } from "../../lib/versions.ts";
import type { Config } from "../../model/config.ts";
import type { Subset } from "../../model/routing.ts";
import type { Running } from "../../serve/serve-options.ts";
import { startServe } from "../../serve/start-serve.ts";
import { awaitInterruption } from "../terminal/interruption.ts";
import type { CommandIo } from "../terminal/command-io.ts";
import { listenProblem, warningLine } from "../terminal/config-problems.ts";
import { readConfig } from "../terminal/read-config.ts";

/**
 * Serves until SIGINT or SIGTERM, then drains. SIGHUP reloads the configuration.
 * @param flags by `Flag.key`; `config` is the path of the document
 * @returns the exit code; 2 for an invalid configuration, with a line on `io.err` for each problem
 */
export async function runServe(flags: FlagValues, io: CommandIo, env: Environment): Promise<number> {
  let read: ReturnType<typeof readConfig>;
  let running: Running;
  const interruption = awaitInterruption();
  try {
    read = readConfig(flags, env);
    const source = { files: read.files, load: () => readConfig(flags, env) };
    running = await startServe(read.config, { source, effective: read.options });
  } catch (error) {
    interruption.stop();
    const problem = error instanceof ConfigError ? error.message : listenProblem(error);
    if (problem === undefined) throw error;
    io.err(`${problem}\n`);
    return EXIT_USAGE;
  }
  // Without a file there is nothing to reload, and SIGHUP keeps its default: it ends the process with its terminal.
  if (read.files.length > 0) process.on("SIGHUP", running.reload);
  for (const warning of read.warnings) if (severityOf(warning) === "warning") io.err(warningLine(warning));
  io.out(startText(read.config, running));
  collectGarbage();
  const code = await interruption.code;
  process.off("SIGHUP", running.reload);
  await running.drain();
  return code;
}

function startText({ routes, tap }: Config, { run, store, proxyUrl, adminUrl }: Running): string {
  const { primaries, candidates, secondaries, selfChecked } = rolesOf(routes);
  const separateSecondaries = secondaries.filter(({ name }) => selfChecked.every((other) => other.name !== name));
  const roles = [
    roleText("primary", primaries),
    candidates.length === 0 ? "no candidate" : roleText("candidate", candidates),
    ...(separateSecondaries.length === 0 ? [] : [roleText("secondary", separateSecondaries)]),
    ...(selfChecked.length === 0 ? [] : ["self-check: a second request to the primary"]),
  ];
  return [
    `shadowdiff ${buildVersion()}, run ${run.name}, ${storeText(store)}`,
    `  proxy      ${proxyUrl}${tap === undefined ? "" : " (tap: receives requests that another proxy mirrors)"}`,
    `  dashboard  ${adminUrl}`,
    `  mirroring  ${roles.join(", ")}`,
    ...(routes.length === 1 ? [] : [`  routes     ${routes.map(({ name }) => name).join(", ")}`]),
    ...(candidates.length === 0 || store.problem !== null
      ? []
      : [`  verdict    shadowdiff report --gate --store ${quote(store.path)}`]),
    "",
  ].join("\n");
}

function storeText({ path, isNew, problem }: Running["store"]): string {
  if (problem !== null) return `not stored: ${problem}`;
  return `stored in ${path}${isNew ? " (new file)" : ""}`;
}

/** `candidate http://h:2`; several versions have their names: `candidate v2 http://h:2, candidate v3 http://h:3 and http://h:4`. */
function roleText(role: string, subsets: readonly Subset[]): string {
  const named = (name: string): string => (subsets.length === 1 || name === role ? role : `${role} ${name}`);
  return subsets.map(({ name, urls }) => `${named(name)} ${urls.join(" and ")}`).join(", ");
}
