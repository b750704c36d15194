import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A path for a database in a temporary folder that is deleted after the test. */
export function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "shadowdiff.db");
}
