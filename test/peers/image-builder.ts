import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireTool } from "../tools/require-tool.ts";

const execute = promisify(execFile);

const ROOT = join(import.meta.dirname, "../..");
/** The packages of Debian that the official image of Node has and Node needs. */
const PACKAGES = "libatomic1";
/** The major version of npm in that image. */
const NPM = "npm@11";
/** Packages that debootstrap downloads, their lists, and documentation: 150 MB, which would be copied with each image. */
const UNUSED = ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"];
const USER_ID = "1000";
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The image's settings, from its Dockerfile. */
export interface ImageSettings {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Builds and runs images without a Docker engine, as root, in a folder of its own. */
export class ImageBuilder {
  readonly #folder = mkdtempSync(join(tmpdir(), "shadowdiff-image-"));

  /**
   * Makes the base of an image like the official one of Node: Debian from this machine's mirror, the Node that runs the tests,
   * npm, and the user `node`; in addition, the certificate authorities of this machine.
   */
  async createBase(tag: string): Promise<void> {
    const system = join(this.#folder, "system");
    const { release, mirror } = await debian();
    await execute(requireTool("debootstrap"), ["--variant=minbase", `--include=${PACKAGES}`, release, system, mirror]);
    for (const unused of UNUSED) rmSync(join(system, unused), { recursive: true });
    copyFileSync(process.execPath, join(system, "usr/local/bin/node"));
    await execute("npm", ["install", "--silent", "--global", "--prefix", join(system, "usr/local"), NPM]);
    const { stdout: registry } = await execute("npm", ["config", "get", "registry"]);
    await execute("chroot", [system, "npm", "config", "set", "--global", `registry=${registry.trim()}`]);
    await execute("chroot", [system, "useradd", "--create-home", "--uid", USER_ID, "node"]);
    if (existsSync(BUNDLE)) {
      mkdirSync(join(system, "etc/ssl/certs"), { recursive: true });
      copyFileSync(BUNDLE, join(system, BUNDLE));
    }
    const container = await this.#from("scratch");
    await this.#buildah(["add", "--quiet", container, system, "/"]);
    await this.#buildah(["config", "--env", PATH, "--env", `NODE_EXTRA_CA_CERTS=${BUNDLE}`, container]);
    await this.#buildah(["commit", "--quiet", container, tag]);
  }

  /** Builds the image of the Dockerfile. */
  async build(tag: string, commit: string): Promise<void> {
    const args = ["--pull-never", "--format", "docker", "--build-arg", `COMMIT=${commit}`, "--tag", tag, ROOT];
    await this.#buildah(["build", ...args]);
  }

  async settings(tag: string): Promise<ImageSettings> {
    const { Docker } = JSON.parse(await this.#buildah(["inspect", "--type", "image", tag])) as {
      Docker: { config: ImageSettings };
    };
    return Docker.config;
  }

  /** Runs a shell script in a new container, as the image's user. It has a network of its own with only the loopback interface. */
  async run(tag: string, script: string, mounts: readonly string[] = []): Promise<Ended> {
    const container = await this.#from(tag);
    const volumes = mounts.flatMap((mount) => ["--volume", mount]);
    const command = [...this.#command(), "run", ...volumes, container, "--", "sh", "-c", script];
    const alone = ["--net", "sh", "-c", `${requireTool("ip")} link set lo up && exec "$@"`, "sh"];
    try {
      return { code: 0, ...(await execute(requireTool("unshare"), [...alone, ...command])) };
    } catch (error) {
      return error as Ended;
    }
  }

  async remove(): Promise<void> {
    await this.#buildah(["rm", "--all"]);
    await this.#buildah(["rmi", "--all", "--force"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #from(tag: string): Promise<string> {
    return (await this.#buildah(["from", "--pull-never", tag])).trim();
  }

  /** Needs no container runtime and no daemon. */
  #command(): string[] {
    const storage = ["--root", join(this.#folder, "root"), "--runroot", join(this.#folder, "run")];
    return ["env", "BUILDAH_ISOLATION=chroot", requireTool("buildah"), ...storage];
  }

  async #buildah(args: readonly string[]): Promise<string> {
    const [command = "", ...first] = this.#command();
    const { stdout } = await execute(command, [...first, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }
}

/** @returns the release and the mirror that this machine installs packages from */
async function debian(): Promise<{ release: string; mirror: string }> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "stable";
  const format = ["--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Identifier: Packages"];
  const { stdout } = await execute("apt-get", ["indextargets", ...format]);
  const [, mirror = ""] = new RegExp(`^${release} main (.*)$`, "m").exec(stdout) ?? [];
  return { release, mirror };
}
