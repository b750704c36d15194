import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, field, OPTIONS, outcome, RUN } from "../../store/store-fixture.ts";
import { runProgram } from "../run-program.ts";

async function storeWithRuns(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-runs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "shadowdiff.db");
  const writer = openSqliteWriter(path, OPTIONS);
  await writer.beginRun(RUN);
  const next = {
    ...RUN,
    id: "next",
    name: "next",
    labels: { commit: "77", build: "a b" },
    startedAt: RUN.startedAt + 60_000,
  };
  await writer.endRun(RUN.id, RUN.startedAt + 60_000, next);
  await writer.close();
  return path;
}

describe("shadowdiff run list", () => {
  it("prints the runs of a store, newest first", async () => {
    const { code, stdout } = await runProgram(["run", "list", "--store", await storeWithRuns()]);
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["RUN", "NAME", "STARTED", "ENDED", "CANDIDATES", "LABELS"],
      ["next", "2026-11-20 10:01:00", "v2, v3", "commit=77 build=a b"],
      [RUN.id, RUN.name, "2026-11-20 10:00:00", "2026-11-20 10:01:00", "v2, v3", "commit=3f2a"],
      [""],
    ]);
    expect(code).toBe(0);
  });

  it("prints them as JSON", async () => {
    const { stdout } = await runProgram(["run", "list", "--store", await storeWithRuns(), "--format", "json"]);
    expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual(["next", RUN.id]);
  });

  it("says what to do without a store", async () => {
    const { code, stderr } = await runProgram(["run", "list", "--store", "/nowhere/shadowdiff.db"]);
    expect([code, stderr]).toEqual([
      2,
      "store /nowhere/shadowdiff.db does not exist; choose another with --store, or a running shadowdiff with --url\n",
    ]);
  });
});

describe("shadowdiff run start", () => {
  it("rejects an invalid label before it sends a request", async () => {
    const { code, stderr } = await runProgram(["run", "start", "--label", "commit"]);
    expect([code, stderr.split(" (", 1)[0]]).toEqual([2, '--label: "commit" is not key=value']);
  });

  it("says so when the server is unreachable", async () => {
    const { code, stderr } = await runProgram(["run", "end", "--url", "http://127.0.0.1:1"]);
    expect([code, stderr.startsWith("cannot reach http://127.0.0.1:1: ")]).toEqual([2, true]);
  });
});

describe("shadowdiff run compare", () => {
  it("prints the new and fixed causes between two runs, chosen by id or name", async () => {
    const path = await storeWithRuns();
    const writer = openSqliteWriter(path, OPTIONS);
    await writer.beginRun(RUN);
    await writer.commit(RUN.id, [batch("1", { outcomes: [outcome({ count: 10, fields: [field("$.a")] })] })]);
    const next = { ...RUN, id: "next" };
    await writer.beginRun(next);
    await writer.commit("next", [batch("2", { outcomes: [outcome({ count: 10, fields: [field("$.b")] })] })]);
    await writer.close();
    const store = ["--store", path, "--candidate", "v2"];
    const expected = [
      "new (1)",
      "  GET /users/{id}: body $.b (changed)",
      "    0% → 100% of responses",
      "",
      "fixed (1)",
      "  GET /users/{id}: body $.a (changed)",
      "    100% → 0% of responses",
      "",
    ];
    for (const args of [[], [RUN.name, "next"]]) {
      const { code, stdout } = await runProgram(["run", "compare", ...args, ...store]);
      expect([code, stdout.split("\n").slice(2)]).toEqual([0, expected]);
    }
    const first = await runProgram(["run", "compare", "--format", "json", "absent", ...store]);
    expect([first.code, first.stderr.startsWith("unknown run absent; runs, newest first: next")]).toEqual([2, true]);
  });
});
