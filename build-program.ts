// Builds dist/ for the npm package: JavaScript with source maps of every TypeScript file of src/, the types that `exports` names, and
// the commit.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
const TSC = join(ROOT, "node_modules/.bin/tsc");

rmSync(DIST, { recursive: true, force: true });
for (const project of ["tsconfig.build.json", "tsconfig.types.json"]) {
  execFileSync(TSC, ["--project", project], { cwd: ROOT, stdio: "inherit" });
}
writeFileSync(join(DIST, "commit"), process.env["COMMIT"] ?? currentCommit());

/** @returns the commit, with `-dirty` if files differ from it; empty where there is no repository, for example in an archive */
function currentCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      // Not that of a repository around this folder.
      env: { ...process.env, GIT_CEILING_DIRECTORIES: join(ROOT, "..") },
    }).trim();
  } catch {
    return "";
  }
}
