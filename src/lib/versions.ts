import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE_ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Written by the build; a checkout does not have it. Empty if the commit is unknown. */
const BUILT_COMMIT = fileURLToPath(new URL("../commit", import.meta.url));
/** As many digits of a commit as `git describe` uses in a large repository. */
const COMMIT_DIGITS = 12;
const COMMIT = /^[0-9a-f]{40,64}$/;

/** The version of shadowdiff, from package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string }).version;
}

/**
 * The version with its commit as build metadata (Semantic Versioning §10): `0.1.0+5e485a2f7c1b`. Without the commit if there is
 * neither a built package nor a Git checkout.
 */
export function buildVersion(): string {
  const commit = textOf(BUILT_COMMIT)?.trim() ?? checkedOutCommit(PACKAGE_ROOT)?.slice(0, COMMIT_DIGITS);
  return commit === undefined || commit === "" ? packageVersion() : `${packageVersion()}+${commit}`;
}

/**
 * The commit of a Git checkout, read from its files (gitrepository-layout(5)), because a container has no git.
 * @param root folder with `.git`: a folder, or the file of a worktree
 */
export function checkedOutCommit(root: string): string | undefined {
  const dotGit = join(root, ".git");
  const [, linked] = /^gitdir: (.+)$/m.exec(textOf(dotGit) ?? "") ?? [];
  const gitDir = linked === undefined ? dotGit : resolve(root, linked);
  const head = textOf(join(gitDir, "HEAD"))?.trim() ?? "";
  const [, ref] = /^ref: (.+)$/.exec(head) ?? [];
  const commit = ref === undefined ? head : commitOf(ref, gitDir);
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
}

/** A worktree shares the branches of its repository, which are single files until Git packs them. */
function commitOf(ref: string, gitDir: string): string | undefined {
  const common = resolve(gitDir, textOf(join(gitDir, "commondir"))?.trim() ?? ".");
  const loose = textOf(join(common, ref))?.trim();
  if (loose !== undefined) return loose;
  const packed = textOf(join(common, "packed-refs"))?.split("\n") ?? [];
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(" ", 1)[0];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
