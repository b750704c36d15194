import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkedOutCommit } from "../../src/lib/versions.ts";

const folder = mkdtempSync(join(tmpdir(), "shadowdiff-versions-"));
const repository = join(folder, "repository");
const worktree = join(folder, "worktree");

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8" }).trim();
}

afterAll(() => rmSync(folder, { recursive: true }));

it("finds the commit of a branch, of packed branches, of a worktree and of a detached head, and none elsewhere", () => {
  git("init", "--quiet", repository);
  expect(checkedOutCommit(repository)).toBeUndefined();
  git("-C", repository, "commit", "--quiet", "--allow-empty", "--message", "first");
  const first = git("-C", repository, "rev-parse", "HEAD");
  expect(checkedOutCommit(repository)).toBe(first);
  git("-C", repository, "worktree", "add", "--quiet", "-b", "other", worktree);
  git("-C", worktree, "commit", "--quiet", "--allow-empty", "--message", "second");
  const second = git("-C", worktree, "rev-parse", "HEAD");
  expect([checkedOutCommit(repository), checkedOutCommit(worktree)]).toEqual([first, second]);
  git("-C", repository, "pack-refs", "--all");
  expect([checkedOutCommit(repository), checkedOutCommit(worktree)]).toEqual([first, second]);
  git("-C", repository, "checkout", "--quiet", "--detach", second);
  expect(checkedOutCommit(repository)).toBe(second);
  expect(checkedOutCommit(folder)).toBeUndefined();
  writeFileSync(join(folder, ".git"), "gitdir: nowhere\n");
  expect(checkedOutCommit(folder)).toBeUndefined();
});
