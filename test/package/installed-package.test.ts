import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPackage, startCommand, type InstalledPackage } from "./installed-package.ts";
import { filesBelow, ROOT } from "./pack.ts";
import { DEMO_RESULT, SERVE_RESULT, useDemo, useServe } from "./use-installed.ts";

/** Node 26, which runs the tests. `test/peers/package.peer.ts` uses Node 24. */
const NODE = join(process.execPath, "..");

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage(NODE);
});
afterAll(() => installed.remove());

/** A module for `node --import` that makes the program throw when it prints anything. */
const THROWS_AT_OUTPUT = `
const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (text !== "") throw new Error("planted");
  return write.call(this, text, ...rest);
};`;

describe("the installed npm package", () => {
  it("installs without a warning, a compiler, TypeScript, a bundler or Node, and compiles no SQLite", () => {
    expect(installed.npmOutput).not.toContain("warn");
    const names = filesBelow(join(installed.folder, "node_modules"));
    const bad = names.filter((name) => /^(?:typescript|vite|node|@types\/react)\/|^better-sqlite3\/build\//.test(name));
    expect(bad).toEqual([]);
    const sources = names.filter((name) => /^shadowdiff\/.*\.tsx?$/.test(name) && !name.endsWith(".d.ts"));
    expect(sources).toEqual([]);
  });

  it("finds the planted regressions of the demo", async () => {
    expect(await useDemo(installed, NODE)).toMatchObject(DEMO_RESULT);
  });

  it("serves, compares, and shows dashboard and report", async () => {
    expect(await useServe(installed, NODE)).toMatchObject(SERVE_RESULT);
  });

  it("names the source and its line in stack traces", async () => {
    const preload = join(installed.folder, "throws.mjs");
    writeFileSync(preload, THROWS_AT_OUTPUT);
    const options = { NODE_OPTIONS: `--import ${preload}` };
    const { code, stderr } = await startCommand(installed, NODE, ["--version"], options).ended;
    expect(code).toBe(4);
    const line = readFileSync(join(ROOT, "src/cli.ts"), "utf8")
      .split("\n")
      .findIndex((text) => text.includes("process.stdout.write(text)"));
    expect(stderr).toContain(`shadowdiff/src/cli.ts:${line + 1}:`);
  });

  it("has types of the report for TypeScript", () => {
    const file = join(installed.folder, "consumer.mts");
    const right = `import type { Report } from "shadowdiff/report"; export const rate = (r: Report): number => r.accounting.compared;`;
    const check = (text: string): string => {
      writeFileSync(file, text);
      const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--types", ""];
      try {
        execFileSync(join(ROOT, "node_modules/.bin/tsc"), [...options, file], { cwd: installed.folder });
        return "";
      } catch (error) {
        return String((error as { stdout: Buffer }).stdout);
      }
    };
    expect(check(right)).toBe("");
    expect(check(right.replace("number =>", "string =>"))).toContain("TS2322");
  });
});
