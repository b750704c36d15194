// Builds dist/ for the npm package: bundles with source maps of src/ and of the libraries that every start loads, their licenses,
// the types that `exports` names, and the commit (docs/adr/0073-the-package-contains-bundles.md).
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown, type OutputChunk, type Plugin } from "rolldown";

const ROOT = import.meta.dirname;
const SRC = join(ROOT, "src");
const DIST = join(ROOT, "dist");
const PACKAGES = join(ROOT, "node_modules");

/** Libraries that a start of `serve` loads. All others are loaded on demand, from where npm has installed them. */
const BUNDLED = [
  "commander",
  "csv-parse",
  "diff",
  "eventsource-parser",
  "fastest-levenshtein",
  // Shares the copy of zod.
  "fastify-type-provider-zod",
  "get-east-asian-width",
  "lru-cache",
  "parse5",
  "pino",
  "re2js",
  "shlex",
  "structured-headers",
  "zod",
];
/** The program, and what starts as a thread. Each keeps its path, and so does what is found by a path in a string. */
const ENTRIES = ["cli.ts", ...globSync("threads/*-worker.ts", { cwd: SRC })];
/** `./file${extname(import.meta.filename)}` */
const PATH_IN_STRING = /`(\.[^`$\n]+)\$\{(?:EXTENSION|extname\()/g;
/** Stands for the address of a module, until its place in a bundle is known. */
const MODULE_URL = /__MODULE_URL__\("([^"]+)"\)/g;

rmSync(DIST, { recursive: true, force: true });
const chunks = await bundle();
writeFileSync(join(DIST, "licenses.txt"), licensesOf(packagesIn(chunks)));
execFileSync(join(PACKAGES, ".bin/tsc"), ["--project", "tsconfig.types.json"], { cwd: ROOT, stdio: "inherit" });
writeFileSync(join(DIST, "commit"), process.env["COMMIT"] ?? currentCommit());

async function bundle(): Promise<readonly OutputChunk[]> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((file) => [file.replace(/\.ts$/, ""), join(SRC, file)])),
    platform: "node",
    // What a bundled library imports is bundled too.
    external: (id, importer = SRC) => importer.startsWith(SRC) && !/^[./]/.test(id) && !isBundled(id),
    plugins: [keepPaths()],
  });
  const { output } = await build.write({
    dir: DIST,
    sourcemap: true,
    comments: false,
    chunkFileNames: "chunks/[name]-[hash].js",
  });
  return output.filter((file) => file.type === "chunk");
}

function isBundled(id: string): boolean {
  return BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
}

/** A path that a module builds from its address means the same as in src/: the address stays that of the module. */
function keepPaths(): Plugin {
  return {
    name: "keep-paths",
    transform(code, id) {
      if (!id.startsWith(SRC)) return null;
      for (const [, path = ""] of code.matchAll(PATH_IN_STRING)) {
        const file = resolve(dirname(id), `${path}.ts`);
        if (ENTRIES.includes(relative(SRC, file))) continue;
        this.emitFile({
          type: "chunk",
          id: file,
          fileName: `${builtPath(file)}.js`,
          preserveSignature: "allow-extension",
        });
      }
      if (!code.includes("import.meta.url")) return null;
      return { code: code.replaceAll("import.meta.url", `__MODULE_URL__("${builtPath(id)}.js")`), map: null };
    },
    renderChunk(code, { fileName }) {
      const address = (_: string, module: string): string =>
        `new URL("${relative(dirname(fileName), module)}", import.meta.url).href`;
      return { code: code.replaceAll(MODULE_URL, address), map: null };
    },
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.fileName.endsWith(".map") && file.type === "asset") {
          file.source = withoutLibraries(String(file.source));
        }
      }
    },
  };
}

/** A source map without the text of libraries: half of its size. */
function withoutLibraries(text: string): string {
  const map = JSON.parse(text) as { sources: string[]; sourcesContent: (string | null)[] };
  const own = map.sourcesContent.map((content, index) => (isLibrary(map.sources[index] ?? "") ? null : content));
  return JSON.stringify({ ...map, sourcesContent: own });
}

function isLibrary(path: string): boolean {
  return path.includes("node_modules/");
}

/** @returns the path below dist/ without its extension */
function builtPath(source: string): string {
  return relative(SRC, source).replace(/\.ts$/, "");
}

/** @returns the folders of the libraries in the bundles */
function packagesIn(bundles: readonly OutputChunk[]): readonly string[] {
  const names = bundles
    .flatMap(({ moduleIds }) => moduleIds)
    .map((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]);
  return [...new Set(names)].filter((name) => name !== undefined).toSorted();
}

/** The licenses of libraries, which their copies must carry. */
function licensesOf(folders: readonly string[]): string {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Licensed;
    const [file] = globSync("{licen[cs]e,LICEN[CS]E}*", { cwd: folder });
    if (file === undefined)
      throw new Error(`${name} cannot be bundled: its copy needs a license, and it has no file with one`);
    return `${name} ${version}, ${license}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

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
