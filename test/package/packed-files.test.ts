import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesBelow, pack, ROOT, SRC, type Packed } from "./pack.ts";

const MB = 1_000_000;
/** 3.6 MB in December 2026, of which 0.6 MB are the compressed copies of the dashboard; README.md says 3.6 MB. */
const MOST_PACKED_BYTES = 3.9 * MB;
const MOST_UNPACKED_BYTES = 12.8 * MB;
const MOST_FILES = 700;

let folder: string;
let packed: Packed;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-pack-"));
  packed = pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUILT = filesBelow(join(ROOT, "dist"));
const BUNDLES = BUILT.filter((file) => file.endsWith(".js"));
/** Bundles of mere imports have none. */
const MAPS = BUNDLES.map((bundle) => `${bundle}.map`).filter((file) => BUILT.includes(file));

/** Types that `exports` names, and those that they need. */
const TYPES = /^dist\/model\/(?:(?:shared|contract|explain)\/)?[a-z-]+\.d\.ts$/;

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
}

/** The maps, and the folders to which their paths are relative. */
function readMaps(): readonly (SourceMap & { readonly folder: string })[] {
  return MAPS.map((file) => {
    const path = join(ROOT, "dist", file);
    return { folder: dirname(path), ...(JSON.parse(readFileSync(path, "utf8")) as SourceMap) };
  });
}

describe("the npm package", () => {
  it("contains bundles with maps and licenses, the types of `exports`, dashboard, migrations and schemas: nothing else", () => {
    const expected = [
      "LICENSE",
      "README.md",
      "package.json",
      "dist/commit",
      "dist/licenses.txt",
      "docs/report.schema.json",
      "docs/shadowdiff.schema.json",
      "src/shadowdiff.js",
      ...[...BUNDLES, ...MAPS].map((file) => `dist/${file}`),
      ...filesBelow(join(ROOT, "migrations")).map((file) => `migrations/${file}`),
      ...filesBelow(join(ROOT, "web/dist")).map((file) => `web/dist/${file}`),
    ];
    const files = packed.files.map(({ path }) => path);
    expect(files.filter((path) => !TYPES.test(path)).toSorted()).toEqual(expected.toSorted());
    expect(files).toContain("dist/model/report.d.ts");
    expect(expected).toEqual(expect.arrayContaining(["web/dist/index.html", "dist/cli.js"]));
  });

  it("keeps the path of what is found by a path in a string", () => {
    const loaded = filesBelow(SRC)
      .filter((name) => name.endsWith(".ts"))
      .flatMap((source) => {
        const text = readFileSync(join(SRC, source), "utf8");
        const paths = [...text.matchAll(/`([./][^`$\n]*)\$\{(?:EXTENSION|extname\()/g)];
        return paths.map(([, path = ""]) => `${join(source, "..", path)}.js`);
      });
    expect(loaded).toEqual(expect.arrayContaining(["commands/demo/serve-version.js", "compare/recompare.js"]));
    expect(BUNDLES).toEqual(expect.arrayContaining(loaded));
  });

  it("imports only packages that npm installs with it", () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const imports = BUNDLES.flatMap((bundle) => {
      const text = readFileSync(join(ROOT, "dist", bundle), "utf8");
      return [...text.matchAll(/(?:\bfrom |\bimport[ (]|(?:load|require)\()"([@a-z][^" ]*)"/g)].map(
        ([, name = ""]) => name,
      );
    });
    const names = imports
      .filter((name) => !isBuiltin(name))
      .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
    expect(new Set(names)).toEqual(new Set(Object.keys(dependencies)));
  });

  it("has the licenses of bundled libraries", () => {
    const licenses = readFileSync(join(ROOT, "dist/licenses.txt"), "utf8");
    const bundled = new Set(
      readMaps().flatMap(({ sources }) =>
        sources.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]),
      ),
    );
    bundled.delete(undefined);
    const texts = licenses.split(`\n${"-".repeat(80)}\n\n`);
    const withText = texts.filter((text) => /^Permission|^Redistribution|^## /m.test(text));
    expect([...bundled].filter((name) => !withText.some((text) => text.startsWith(`${name} `)))).toEqual([]);
    expect(withText).toHaveLength(texts.length);
    expect([...bundled]).toContain("zod");
  });

  it("stays small", () => {
    expect(packed.size).toBeLessThan(MOST_PACKED_BYTES);
    expect(packed.unpackedSize).toBeLessThan(MOST_UNPACKED_BYTES);
    expect(packed.files.length).toBeLessThan(MOST_FILES);
  });

  it("has source maps that contain every source once, and no library", () => {
    const found = readMaps().flatMap(({ folder: from, sources, sourcesContent }) =>
      sources.map((path, index) => ({ file: join(from, path), text: sourcesContent[index] })),
    );
    const own = found.filter(({ file }) => file.startsWith(SRC));
    expect(own.filter(({ file, text }) => text !== readFileSync(file, "utf8"))).toEqual([]);
    expect(found.filter(({ file, text }) => !file.startsWith(SRC) && text != null)).toEqual([]);
    const names = own.map(({ file }) => file.slice(SRC.length + 1));
    expect(names).toHaveLength(new Set(names).size);
  });
});
