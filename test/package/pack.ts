import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
export const SRC = join(ROOT, "src");
const DIST = join(ROOT, "dist");

/** What `npm pack --json` prints of a package. Sizes in bytes. */
export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/**
 * Packs dist/ and web/dist as they are: a build would take the dashboard away from tests that run at the same time.
 * @throws if the build is missing or older than a source
 */
export function pack(destination: string): Packed {
  const built = statSync(join(DIST, "commit"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newer = filesBelow(SRC).filter((file) => statSync(join(SRC, file)).mtimeMs > built);
  if (newer.length > 0) throw new Error(`dist/ is missing or older than src/${newer[0]}: run npm run build`);
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", destination];
  const [packed] = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" })) as [Packed];
  return packed;
}

/** @returns relative paths of all files, in order */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
