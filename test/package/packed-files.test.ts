import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesBelow, pack, ROOT, SRC, type Packed } from "./pack.ts";

const MB = 1_000_000;
/** 3.6 MB in December 2026, of which 0.6 MB are the compressed copies of the dashboard; README.md says 3.6 MB. */
const MOST_PACKED_BYTES = 3.9 * MB;
const MOST_UNPACKED_BYTES = 12.8 * MB;
const MOST_FILES = 2450;

let folder: string;
let packed: Packed;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-pack-"));
  packed = pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The JavaScript file that is built from a source. */
function builtFrom(source: string): string {
  return `dist/${source.replace(/\.ts$/, ".js")}`;
}

/** Types that `exports` names, and those that they need. */
const TYPES = /^dist\/model\/(?:(?:shared|contract|explain)\/)?[a-z-]+\.d\.ts$/;

describe("the npm package", () => {
  it("contains every source as JavaScript with its map, the types of `exports`, dashboard, migrations and schemas: nothing else", () => {
    const sources = filesBelow(SRC).filter((source) => source !== "shadowdiff.js");
    const expected = [
      "LICENSE",
      "README.md",
      "package.json",
      "dist/commit",
      "docs/report.schema.json",
      "docs/shadowdiff.schema.json",
      "src/shadowdiff.js",
      ...sources.flatMap((source) => [builtFrom(source), `${builtFrom(source)}.map`]),
      ...filesBelow(join(ROOT, "migrations")).map((file) => `migrations/${file}`),
      ...filesBelow(join(ROOT, "web/dist")).map((file) => `web/dist/${file}`),
    ];
    const files = packed.files.map(({ path }) => path);
    expect(files.filter((path) => !TYPES.test(path)).toSorted()).toEqual(expected.toSorted());
    expect(files).toContain("dist/model/report.d.ts");
    expect(expected).toEqual(expect.arrayContaining(["web/dist/index.html", "dist/cli.js"]));
  });

  it("stays small", () => {
    expect(packed.size).toBeLessThan(MOST_PACKED_BYTES);
    expect(packed.unpackedSize).toBeLessThan(MOST_UNPACKED_BYTES);
    expect(packed.files.length).toBeLessThan(MOST_FILES);
  });

  it("has source maps that contain the source", () => {
    const sources = filesBelow(SRC).filter((source) => source.endsWith(".ts"));
    const wrong = sources.filter((source) => {
      const map = JSON.parse(readFileSync(join(ROOT, `${builtFrom(source)}.map`), "utf8")) as {
        sources: string[];
        sourcesContent: string[];
      };
      const [path = ""] = map.sources;
      const file = join(ROOT, builtFrom(source), "..", path);
      return file !== join(SRC, source) || map.sourcesContent[0] !== readFileSync(file, "utf8");
    });
    expect(wrong).toEqual([]);
  });
});
