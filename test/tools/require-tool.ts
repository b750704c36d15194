import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

interface Tool {
  /** Names of the program; the first one found is used. */
  readonly programs: readonly string[];
  /** The Debian package that contains it. */
  readonly package: string;
}

/** The programs that the tests start and npm does not install. */
export const TOOLS = {
  chromium: { programs: ["chromium", "chromium-browser", "google-chrome"], package: "chromium" },
  curl: { programs: ["curl"], package: "curl" },
  h2load: { programs: ["h2load"], package: "nghttp2-client" },
  nghttp: { programs: ["nghttp"], package: "nghttp2-client" },
  nginx: { programs: ["nginx"], package: "nginx" },
  openssl: { programs: ["openssl"], package: "openssl" },
  prometheus: { programs: ["prometheus"], package: "prometheus" },
  promtool: { programs: ["promtool"], package: "prometheus" },
  wrk: { programs: ["wrk"], package: "wrk" },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** Searched after the PATH, which often does not contain the sbin folders of servers. */
const SYSTEM_DIRECTORIES: readonly string[] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/** @returns the path of the program, or undefined if it is not installed */
export function findTool(name: ToolName): string | undefined {
  return findProgram(TOOLS[name].programs);
}

/** @returns the path of the first of these programs that is installed */
export function findProgram(programs: readonly string[]): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_DIRECTORIES];
  return programs.flatMap((program) => directories.map((directory) => join(directory, program))).find(isExecutable);
}

/**
 * @returns the path of the program
 * @throws with the command that installs it
 */
export function requireTool(name: ToolName): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is not installed: run ${installCommand([name])}`);
  return path;
}

/** The command that installs these tools on Debian or Ubuntu. */
export function installCommand(names: readonly ToolName[]): string {
  return `apt-get install -y --no-install-recommends ${packagesOf(names).join(" ")}`;
}

export function packagesOf(names: readonly ToolName[]): readonly string[] {
  return [...new Set(names.map((name) => TOOLS[name].package))];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
