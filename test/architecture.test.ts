import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");
const WEB = join(ROOT, "web/src");
const LONGEST_FILE = 300;

/** From the top down; a folder may import what stands below its line, never its own line or above. */
const LEVELS: readonly (readonly string[])[] = [
  ["cli", "commands", "serve", "demo"],
  ["admin", "threads"],
  ["report", "replay", "proxy", "mirror"],
  ["compare", "capture", "upstream", "store", "config"],
  ["telemetry", "model", "lib"],
];
/** Entries and the composition root know each other; so do the small things without a domain. */
const OPEN_LEVELS: ReadonlySet<number> = new Set([0, 4]);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

/** The first path segment below src/, without the ending: `proxy/listener.ts` → `proxy`, `cli.ts` → `cli`. */
function areaOf(file: string): string {
  return relative(SRC, file).split("/")[0]?.replace(/\.ts$/, "") ?? "";
}

function importsOf(file: string): string[] {
  const pattern = /(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g;
  return [...readFileSync(file, "utf8").matchAll(pattern)].map((match) => resolve(dirname(file), match[1] ?? ""));
}

function levelOf(area: string): number {
  return LEVELS.findIndex((areas) => areas.includes(area));
}

function wrongImports(): string[] {
  return filesBelow(SRC).flatMap((file) => {
    const area = areaOf(file);
    const level = levelOf(area);
    return importsOf(file)
      .filter((target) => {
        const other = areaOf(target);
        if (other === area) return false;
        return OPEN_LEVELS.has(level) ? levelOf(other) < level : levelOf(other) <= level;
      })
      .map((target) => `${relative(ROOT, file)} imports ${relative(ROOT, target)}`);
  });
}

describe("architecture", () => {
  it("finds the sources that it judges", () => {
    expect(filesBelow(SRC).length).toBeGreaterThan(40);
    expect(filesBelow(SRC).flatMap(importsOf).length).toBeGreaterThan(100);
  });

  it("gives every folder of src a level", () => {
    expect(filesBelow(SRC).filter((file) => levelOf(areaOf(file)) === -1)).toEqual([]);
  });

  it("imports go down only, and stages on one level do not know each other", () => {
    expect(wrongImports()).toEqual([]);
  });

  it("the dashboard imports the model only, and the model types of itself only, so that no more comes along", () => {
    const ofWeb = filesBelow(WEB).flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^import [^;]*? from "([^"]*\/src\/[^"]+)"/gm)]
        .filter(([, from]) => !from?.includes("/src/model/"))
        .map(([line]) => `${relative(ROOT, file)}: ${line}`),
    );
    const ofModel = filesBelow(join(SRC, "model")).flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^import ([^;]*?) from "([^"]+)"/gm)]
        .filter(([, what, from]) => !what?.startsWith("type ") || !/^\.\/[^/]+$/.test(from ?? ""))
        .map(([line]) => `${relative(ROOT, file)}: ${line}`),
    );
    expect([...ofWeb, ...ofModel]).toEqual([]);
  });

  it(`no file is longer than ${LONGEST_FILE} lines`, () => {
    const long = [...filesBelow(SRC), ...filesBelow(WEB)].filter(
      (file) => readFileSync(file, "utf8").split("\n").length > LONGEST_FILE + 1,
    );
    expect(long.map((file) => relative(ROOT, file))).toEqual([]);
  });
});
