import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");
const WEB = join(ROOT, "web/src");
const MODEL = join(SRC, "model");
const PRESENTATION = join(SRC, "presentation");
/** What the dashboard shares with the command line. */
const SHARED_WITH_WEB = [MODEL, PRESENTATION];
const LONGEST_FILE = 300;
const MOST_FILES_IN_A_FOLDER = 16;

/** From the top down: a folder may import from the lines below its own, never from its own line or above. */
const LEVELS: readonly (readonly string[])[] = [
  ["shadowdiff", "cli", "commands", "serve"],
  ["admin", "threads", "probe"],
  ["report", "replay", "notify", "proxy", "mirror", "isolate"],
  ["compare", "capture", "upstream", "store", "config"],
  ["http", "endpoints", "secrets", "transfer", "telemetry", "presentation", "model", "lib"],
];
/** On these levels, folders may import each other: entry points and composition root, and small modules without a domain. */
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

/** Import cycles, including those of types: groups of files that reach each other. Tarjan's strongly connected components. */
function importCircles(files: readonly string[]): string[][] {
  const order = new Map<string, { index: number; low: number }>();
  const stack: string[] = [];
  const circles: string[][] = [];
  function visit(file: string): { index: number; low: number } {
    const own = { index: order.size, low: order.size };
    order.set(file, own);
    stack.push(file);
    for (const target of importsOf(file)) {
      const known = order.get(target);
      if (known === undefined) own.low = Math.min(own.low, visit(target).low);
      else if (stack.includes(target)) own.low = Math.min(own.low, known.index);
    }
    if (own.low !== own.index) return own;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.map((each) => relative(ROOT, each)).toSorted());
    return own;
  }
  for (const file of files) if (!order.has(file)) visit(file);
  return circles;
}

function isOutside(file: string, folders: readonly string[]): boolean {
  return !folders.some((folder) => file.startsWith(`${folder}/`));
}

function crowdedFolders(): string[] {
  const files = [...filesBelow(SRC), ...filesBelow(WEB)];
  return Object.entries(Object.groupBy(files, (file) => relative(ROOT, dirname(file))))
    .filter(([, own = []]) => own.length > MOST_FILES_IN_A_FOLDER)
    .map(([folder, own = []]) => `${folder} has ${own.length} files`);
}

function repeatedNames(): string[] {
  const byName = Object.groupBy(filesBelow(SRC), (file) => basename(file));
  return Object.values(byName).flatMap((own = []) => (own.length > 1 ? own.map((file) => relative(ROOT, file)) : []));
}

describe("architecture", () => {
  it("finds the sources that it checks", () => {
    expect(filesBelow(SRC).length).toBeGreaterThan(40);
    expect(filesBelow(SRC).flatMap(importsOf).length).toBeGreaterThan(100);
  });

  it("gives every folder of src a level", () => {
    expect(filesBelow(SRC).filter((file) => levelOf(areaOf(file)) === -1)).toEqual([]);
  });

  it("imports go down only, and stages on one level do not import each other", () => {
    expect(wrongImports()).toEqual([]);
  });

  it("the dashboard imports model and presentation only, which import nothing else, so that nothing more is bundled", () => {
    const ofWeb = filesBelow(WEB)
      .filter((file) => importsOf(file).some((target) => isOutside(target, [WEB, ...SHARED_WITH_WEB])))
      .map((file) => relative(ROOT, file));
    const ofPresentation = filesBelow(PRESENTATION)
      .filter((file) => importsOf(file).some((target) => isOutside(target, SHARED_WITH_WEB)))
      .map((file) => relative(ROOT, file));
    const ofModel = filesBelow(MODEL).flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^import ([^;]*?) from "([^"]+)"/gm)]
        .filter(([, what, from = ""]) => {
          return !what?.startsWith("type ") || isOutside(resolve(dirname(file), from), [MODEL]);
        })
        .map(([line]) => `${relative(ROOT, file)}: ${line}`),
    );
    expect([...ofWeb, ...ofPresentation, ...ofModel]).toEqual([]);
  });

  it(`no folder holds more than ${MOST_FILES_IN_A_FOLDER} source files`, () => {
    expect(crowdedFolders()).toEqual([]);
  });

  it("no two files of src share a name", () => {
    expect(repeatedNames()).toEqual([]);
  });

  it("no files import each other in a cycle, not even types", () => {
    expect(importCircles([...filesBelow(SRC), ...filesBelow(WEB)])).toEqual([]);
  });

  it(`no file is longer than ${LONGEST_FILE} lines`, () => {
    const long = [...filesBelow(SRC), ...filesBelow(WEB)].filter(
      (file) => readFileSync(file, "utf8").split("\n").length > LONGEST_FILE + 1,
    );
    expect(long.map((file) => relative(ROOT, file))).toEqual([]);
  });
});
