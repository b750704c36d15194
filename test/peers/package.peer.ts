import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installNode, installPackage, startCommand, type InstalledPackage } from "../package/installed-package.ts";
import { DEMO_RESULT, SERVE_RESULT, useDemo, useServe } from "../package/use-installed.ts";

/** The oldest that package.json allows. */
const OLDEST_NODE = 24;

let nodeHome: string;
let node: string;
let installed: InstalledPackage;
beforeAll(async () => {
  nodeHome = mkdtempSync(join(tmpdir(), "shadowdiff-node-"));
  writeFileSync(join(nodeHome, "package.json"), "{}");
  node = await installNode(OLDEST_NODE, nodeHome);
  installed = await installPackage(node);
}, 180_000);
afterAll(async () => {
  await installed.remove();
  rmSync(nodeHome, { recursive: true, force: true });
});

describe(`the installed npm package with Node ${OLDEST_NODE}`, () => {
  it("installs without a warning, and starts", async () => {
    expect(installed.npmOutput).not.toContain("warn");
    expect(await startCommand(installed, node, ["--version"]).ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("finds the planted regressions of the demo", async () => {
    expect(await useDemo(installed, node)).toMatchObject(DEMO_RESULT);
  }, 120_000);

  it("serves, compares, and shows dashboard and report", async () => {
    expect(await useServe(installed, node)).toMatchObject(SERVE_RESULT);
  }, 60_000);
});
