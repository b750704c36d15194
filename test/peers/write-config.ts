import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Writes a configuration of shadowdiff. @returns the path of the file, in a directory of its own */
export function writeConfig(config: object): string {
  const file = join(mkdtempSync(join(tmpdir(), "peers-")), "shadowdiff.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}
