import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqliteWriter } from "../../src/store/sqlite/writer.ts";
import { OPTIONS, RUN } from "../store/fixture.ts";
import { runProgram } from "./run-program.ts";

function storeWithRuns(): string {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-runs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "shadowdiff.db");
  const writer = openSqliteWriter(path, OPTIONS);
  writer.beginRun(RUN);
  const next = {
    ...RUN,
    id: "next",
    name: "next",
    labels: { commit: "77", build: "a b" },
    startedAt: RUN.startedAt + 60_000,
  };
  writer.endRun(RUN.id, RUN.startedAt + 60_000, next);
  writer.close();
  return path;
}

describe("shadowdiff run list", () => {
  it("prints the runs of a store, newest first", async () => {
    const { code, stdout } = await runProgram(["run", "list", "--store", storeWithRuns()]);
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["RUN", "NAME", "BEGUN", "ENDED", "CANDIDATES", "LABELS"],
      ["next", "2026-11-20 10:01:00", "v2, v3", "commit=77 build=a b"],
      [RUN.id, RUN.name, "2026-11-20 10:00:00", "2026-11-20 10:01:00", "v2, v3", "commit=3f2a"],
      [""],
    ]);
    expect(code).toBe(0);
  });

  it("prints them as JSON", async () => {
    const { stdout } = await runProgram(["run", "list", "--store", storeWithRuns(), "--format", "json"]);
    expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual(["next", RUN.id]);
  });

  it("says what to do where there is no store", async () => {
    const { code, stderr } = await runProgram(["run", "list", "--store", "/nowhere/shadowdiff.db"]);
    expect([code, stderr]).toEqual([
      2,
      "there is no store /nowhere/shadowdiff.db: name its file with --store, or a running shadowdiff with --url\n",
    ]);
  });
});

describe("shadowdiff run start", () => {
  it("refuses a label that is none, before it asks anybody", async () => {
    const { code, stderr } = await runProgram(["run", "start", "--label", "commit"]);
    expect([code, stderr.split(" (", 1)[0]]).toEqual([2, '--label: "commit" is no key=value']);
  });

  it("says so when nobody answers", async () => {
    const { code, stderr } = await runProgram(["run", "end", "--url", "http://127.0.0.1:1"]);
    expect([code, stderr.startsWith("http://127.0.0.1:1 cannot be reached: ")]).toEqual([2, true]);
  });
});
