import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writeExport } from "../../../src/commands/export/export-output.ts";

const IO = { out: () => {}, err: () => {} };

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-export-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it("leaves the old file until the new one is complete, and nothing else after a failure", async () => {
  const folder = newFolder();
  const file = join(folder, "exchanges.har");
  writeFileSync(file, "old");
  chmodSync(file, 0o640);
  const during: string[] = [];
  async function* chunks(isFailing: boolean): AsyncGenerator<string> {
    yield "a";
    during.push(readFileSync(file, "utf8"));
    if (isFailing) throw new Error("the store is damaged");
    yield "b";
  }
  await expect(writeExport(file, chunks(true), IO)).rejects.toThrow("the store is damaged");
  expect([readFileSync(file, "utf8"), readdirSync(folder)]).toEqual(["old", ["exchanges.har"]]);
  await writeExport(file, chunks(false), IO);
  expect(during).toEqual(["old", "old"]);
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777, readdirSync(folder)]).toEqual([
    "ab",
    0o640,
    ["exchanges.har"],
  ]);
});

it("writes the file that a symbolic link names, and a device without replacing it", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "real"), "old");
  symlinkSync(join(folder, "real"), join(folder, "link"));
  await writeExport(join(folder, "link"), ["new"], IO);
  expect(readFileSync(join(folder, "real"), "utf8")).toBe("new");
  await writeExport("/dev/null", ["new"], IO);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

it("produces the next chunk for stdout when the one before was written", async () => {
  const steps: string[] = [];
  function* chunks(): Generator<string> {
    for (const chunk of ["a", "b"]) {
      steps.push(`produce ${chunk}`);
      yield chunk;
    }
  }
  const flushed = async (): Promise<void> => {
    await Promise.resolve();
    steps.push("flushed");
  };
  await writeExport(undefined, chunks(), { ...IO, out: (text) => void steps.push(`write ${text}`), flushed });
  expect(steps).toEqual(["produce a", "write a", "flushed", "produce b", "write b", "flushed"]);
});
