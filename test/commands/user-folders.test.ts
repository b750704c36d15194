import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram, startProgram } from "./run-program.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-folders-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function filesAfterStart(env: Readonly<Record<string, string>>): Promise<string[]> {
  const cwd = join(folder, "work");
  mkdirSync(cwd);
  const program = startProgram(["--version"], env, [], undefined, cwd);
  expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  return readdirSync(cwd, { recursive: true, encoding: "utf8" });
}

describe("the folders of the user", () => {
  it.each([
    { HOME: "" },
    { HOME: "home" },
    { HOME: "", XDG_CACHE_HOME: "" },
    { HOME: "", XDG_CACHE_HOME: "cache" },
    { HOME: "/nonexistent", XDG_CACHE_HOME: "./cache" },
    { HOME: "", NODE_COMPILE_CACHE: "" },
  ])("with %j, the program starts and leaves nothing in the working directory", async (env) => {
    expect(await filesAfterStart(env)).toEqual([]);
  });

  it("an absolute XDG_CACHE_HOME has the compile cache", async () => {
    expect(await filesAfterStart({ HOME: "", XDG_CACHE_HOME: join(folder, "cache") })).toEqual([]);
    expect(readdirSync(join(folder, "cache"))).toEqual(["shadowdiff"]);
  });

  it("the demo keeps its store in the system's folder for temporary files if TMPDIR is relative", async () => {
    const args = ["demo", "--exit", "--requests", "1", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    const { code, stderr } = await runProgram(args, { HOME: "", TMPDIR: "missing" });
    expect([code, stderr]).toEqual([3, ""]);
  });
});
