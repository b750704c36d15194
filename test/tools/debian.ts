/**
 * Runs before the tests: makes sure that the programs they start are there. Installs what is missing when it may (root,
 * apt-get), otherwise says in one line what to do and ends with 1.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findTool, installCommand, packagesOf, TOOLS, type ToolName } from "./require-tool.ts";

const APT = "/usr/bin/apt-get";
/** No questions, and no service started by the way (nginx would take port 80, prometheus 9090). */
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
  // What is there stays as it is: a test command brings what is missing, it does not keep a system up to date.
  apt(["install", "-y", "--no-install-recommends", "--no-upgrade", ...packages]);
}
const stillMissing = missingTools();
if (stillMissing.length > 0) {
  console.error(`The tests need ${stillMissing.join(", ")}. On Debian or Ubuntu: sudo ${installCommand(stillMissing)}`);
  process.exitCode = 1;
}
