import { readdirSync, readFileSync, readlinkSync, renameSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { newPath } from "../new-path.ts";
import { OPTIONS, RUN } from "../store-fixture.ts";

/** Locks of processes on a file. */
function locksOn(path: string): number {
  const { ino } = statSync(path);
  return readFileSync("/proc/locks", "utf8").match(new RegExp(String.raw`POSIX .*:${ino} `, "g"))?.length ?? 0;
}

function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => linkOf(fd).startsWith(path)).length;
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

describe("the guard of a store file", () => {
  it("keeps the locks of SQLite: closing a descriptor of the file would give them up", async () => {
    const path = newPath();
    const writer = openSqliteWriter(path, OPTIONS);
    await writer.beginRun(RUN);
    await writer.verify();
    const reader = openSqliteReader(path);
    expect(await reader.runs()).toHaveLength(1);
    await writer.verify();
    expect(locksOn(path)).toBe(1);
    await reader.close();
    await writer.close();
  });

  it("leaves no descriptor of a file that was moved", async () => {
    const path = newPath();
    const writer = openSqliteWriter(path, OPTIONS);
    await writer.beginRun(RUN);
    renameSync(path, `${path}.moved`);
    await expect(writer.verify()).rejects.toThrow("moved, deleted or replaced");
    await writer.close();
    expect(descriptorsOf(path)).toBe(0);
  });
});
