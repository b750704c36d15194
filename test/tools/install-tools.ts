import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findTool, installCommand, packagesOf, pipArguments, type ToolName } from "./require-tool.ts";

const APT = "/usr/bin/apt-get";
/** Asks no questions and starts no services (nginx would use port 80, prometheus 9090). */
const APT_ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1", SYSTEMD_OFFLINE: "1" };

/**
 * Checks the programs that tests start. It installs missing ones: those of Debian as root with apt-get, those of PyPI with pip. If
 * that is not possible or fails, it prints the install command and sets the exit code to 1. With all of them it needs no network.
 */
export function installTools(names: readonly ToolName[]): void {
  const missing = missingOf(names);
  installDebian(packagesOf(missing));
  installPypi(packagesOf(missing, "pypi"));
  const stillMissing = missingOf(missing);
  if (stillMissing.length === 0) return;
  console.error(`The tests require ${stillMissing.join(", ")}. On Debian or Ubuntu: ${installCommand(stillMissing)}`);
  process.exitCode = 1;
}

function installDebian(packages: readonly string[]): void {
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync(APT)) return;
  console.log(`installing for the tests: ${packages.join(" ")}`);
  run(APT, ["-q", "update"]);
  // Does not upgrade installed packages: a test command must not change more than necessary.
  run(APT, ["-q", "install", "-y", "--no-install-recommends", "--no-upgrade", ...packages]);
}

function installPypi(packages: readonly string[]): void {
  const pip = findTool("pip");
  if (packages.length === 0 || pip === undefined) return;
  console.log(`installing for the tests: ${packages.join(" ")}`);
  run(pip, pipArguments(packages));
}

function missingOf(names: readonly ToolName[]): ToolName[] {
  return names.filter((name) => findTool(name) === undefined);
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, ...APT_ENVIRONMENT };
  spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env });
}
