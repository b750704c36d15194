/**
 * Runs before the tests and checks the programs that they start. As root with apt-get it installs missing ones; otherwise it
 * prints the install command and exits with 1.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findTool, installCommand, packagesOf, TOOLS, type ToolName } from "./require-tool.ts";

const APT = "/usr/bin/apt-get";
/** Asks no questions and starts no services (nginx would use port 80, prometheus 9090). */
const APT_ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1", SYSTEMD_OFFLINE: "1" };

function missingTools(): ToolName[] {
  return (Object.keys(TOOLS) as ToolName[]).filter((name) => findTool(name) === undefined);
}

function apt(args: readonly string[]): void {
  const env = { ...process.env, ...APT_ENVIRONMENT };
  spawnSync(APT, ["-q", ...args], { stdio: ["ignore", "inherit", "inherit"], env });
}

const missing = missingTools();
if (missing.length > 0 && process.getuid?.() === 0 && existsSync(APT)) {
  const packages = packagesOf(missing);
  console.log(`installing for the tests: ${packages.join(" ")}`);
  apt(["update"]);
  // Does not upgrade installed packages: a test command must not change more than necessary.
  apt(["install", "-y", "--no-install-recommends", "--no-upgrade", ...packages]);
}
const stillMissing = missingTools();
if (stillMissing.length > 0) {
  console.error(
    `The tests require ${stillMissing.join(", ")}. On Debian or Ubuntu: sudo ${installCommand(stillMissing)}`,
  );
  process.exitCode = 1;
}
