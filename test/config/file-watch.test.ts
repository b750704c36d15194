import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchFiles, type FileWatch } from "../../src/config/file-watch.ts";

const QUIET_MS = 40;
/** A poll that never comes within a test. */
const NEVER_MS = 3_600_000;

let folder: string;
let file: string;
let changes: number;
let watch: FileWatch | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-watch-"));
  file = join(folder, "shadowdiff.yaml");
  writeFileSync(file, "one");
  changes = 0;
});
afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

function begin(files: readonly string[], pollMs = NEVER_MS): void {
  watch = watchFiles({ files, changed: () => (changes += 1), quietMs: QUIET_MS, pollMs });
}

/** Long enough for a change to be reported several times. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, QUIET_MS * 6));
}

describe("watchFiles", () => {
  it("reports a file that changed back after a read in between", async () => {
    begin([file]);
    writeFileSync(file, "two");
    watch?.markRead();
    writeFileSync(file, "one");
    await expect.poll(() => changes).toBe(1);
    await settle();
    expect(changes).toBe(1);
  });

  it("reports a file that is written in place", async () => {
    begin([file]);
    writeFileSync(file, "two");
    await expect.poll(() => changes).toBe(1);
  });

  it("reports a file that is replaced by renames, every time", async () => {
    begin([file]);
    for (const [index, text] of ["two", "three", "four"].entries()) {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
      await expect.poll(() => changes).toBe(index + 1);
    }
  });

  it("reports a link that changes its target, as Kubernetes swaps volumes", async () => {
    for (const [version, text] of [
      ["..1", "one"],
      ["..2", "two"],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "mounted.yaml"), text);
    }
    symlinkSync("..1", join(folder, "..data"));
    symlinkSync("..data/mounted.yaml", join(folder, "mounted.yaml"));
    begin([join(folder, "mounted.yaml")]);
    symlinkSync("..2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await expect.poll(() => changes).toBe(1);
  });

  it("reports consecutive writes once, after the last", async () => {
    begin([file]);
    for (let piece = 0; piece < 5; piece += 1) {
      appendFileSync(file, `piece ${piece}\n`);
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 4));
    }
    await expect.poll(() => changes).toBe(1);
    await settle();
    expect(changes).toBe(1);
  });

  it("reports neither unchanged content nor other files", async () => {
    begin([file]);
    writeFileSync(file, "one");
    utimesSync(file, new Date(0), new Date(0));
    writeFileSync(join(folder, "other.yaml"), "other");
    await settle();
    expect(changes).toBe(0);
  });

  it("reports the deletion of a file, and its return", async () => {
    begin([file]);
    unlinkSync(file);
    await expect.poll(() => changes).toBe(1);
    writeFileSync(file, "one");
    await expect.poll(() => changes).toBe(2);
  });

  it("watches all files", async () => {
    mkdirSync(join(folder, "istio"));
    const second = join(folder, "istio/mirror.yaml");
    writeFileSync(second, "one");
    begin([file, second]);
    writeFileSync(second, "two");
    await expect.poll(() => changes).toBe(1);
    writeFileSync(file, "two");
    await expect.poll(() => changes).toBe(2);
  });

  it("polls for changes without events: a link's target in another folder", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "shadowdiff-target-"));
    writeFileSync(join(elsewhere, "real.yaml"), "one");
    symlinkSync(join(elsewhere, "real.yaml"), join(folder, "link.yaml"));
    begin([join(folder, "link.yaml")], QUIET_MS);
    writeFileSync(join(elsewhere, "real.yaml"), "two");
    await expect.poll(() => changes).toBe(1);
    rmSync(elsewhere, { recursive: true });
  });

  it("reports nothing after close", async () => {
    begin([file]);
    watch?.close();
    writeFileSync(file, "two");
    await settle();
    expect(changes).toBe(0);
  });
});
