import { execFileSync, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { flat, latencyRows, minuteRows, RUN } from "../store-fixture.ts";
import { newPath } from "../new-path.ts";

const CHILD = fileURLToPath(import.meta.resolve("./writing-child.ts"));
/** From util-linux, which is part of every Linux: changes a limit of a running process. */
const LIMITER = "prlimit";
const ROUNDS = 6;

type Child = ChildProcessByStdio<null, Readable, null>;

/** Reads lines up to the first one that matches; `rest` reads the remaining ones. */
async function readUntil(lines: AsyncIterator<string>, last: (line: string) => boolean): Promise<string[]> {
  const read: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the child ended early: ${read.join(" ")}`);
    read.push(value);
    if (last(value)) return read;
  }
}

async function rest(lines: AsyncIterator<string>): Promise<string[]> {
  const read: string[] = [];
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) read.push(next.value);
  return read;
}

function start(command: string, ...args: string[]): { child: Child; lines: AsyncIterator<string> } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** The ids of the stored batches. Checks that each batch is complete and that the file is intact. */
async function stored(path: string): Promise<number[]> {
  const db = new Sqlite(path, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  const ids = db.prepare<[], string>("SELECT id FROM batch ORDER BY sequence").pluck().all();
  expect(db.prepare("SELECT sum(count) FROM tally").pluck().get()).toBe(2 * ids.length);
  expect(db.prepare("SELECT count(*) FROM sample").pluck().get()).toBe(ids.length);
  db.close();
  const reader = openSqliteReader(path);
  expect((await reader.accounting(RUN.id, "v2")).map(({ count }) => count)).toEqual([2 * ids.length]);
  expect(flat(await reader.outcomes(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(2 * ids.length);
  expect(latencyRows(await reader.latencies(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(
    20 * ids.length,
  );
  const minutes = minuteRows(await reader.latencyMinutes(RUN.id, "v2", undefined));
  expect(minutes.reduce((sum, { count }) => sum + count, 0)).toBe(20 * ids.length);
  await reader.close();
  return ids.map(Number);
}

describe("kill -9", () => {
  it("leaves an intact database with every acknowledged batch and no partial one", async () => {
    const path = newPath();
    let first = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { child, lines } = start(process.execPath, CHILD, path, `${first}`);
      await readUntil(lines, (line) => line === `${first + 25 + 13 * round}`);
      child.kill("SIGKILL");
      const acknowledged = (await rest(lines)).at(-1) ?? first + 25 + 13 * round;
      const ids = await stored(path);
      expect(ids).toEqual(Array.from({ length: ids.length }, (_, at) => at));
      // At most the batch in flight at the kill is stored without having been acknowledged.
      expect([Number(acknowledged) + 1, Number(acknowledged) + 2]).toContain(ids.length);
      first = ids.length;
    }
  });
});

describe.skipIf(process.platform !== "linux")("a full disk", () => {
  it("fails commits, keeps every acknowledged batch, and commits again once there is space", async () => {
    const path = newPath();
    // A file size limit simulates the full disk: Node ignores the signal, so that writes fail.
    const { child, lines } = start(
      "bash",
      "-c",
      'ulimit -S -f 600; exec "$0" "$@"',
      process.execPath,
      CHILD,
      path,
      "0",
    );
    const full = await readUntil(lines, (line) => line.startsWith("failed"));
    const acknowledged = Number(full.at(-2));
    expect(full.at(-1)).toMatch(/^failed SQLITE_(?:FULL|IOERR)/);
    expect(await stored(path)).toEqual(Array.from({ length: acknowledged + 1 }, (_, at) => at));

    execFileSync(LIMITER, ["--pid", `${child.pid}`, "--fsize=unlimited:"]);
    const on = await readUntil(lines, (line) => line === `${acknowledged + 20}`);
    expect(on.filter((line) => !line.startsWith("failed"))).toEqual(
      Array.from({ length: 20 }, (_, at) => `${acknowledged + 1 + at}`),
    );
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    const ids = await stored(path);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, at) => at));
    expect(ids.length).toBeGreaterThan(acknowledged + 20);
  });
});
