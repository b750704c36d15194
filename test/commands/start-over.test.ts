import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CLI, startProgram, watchProgram, type Program } from "./run-program.ts";

const directory = mkdtempSync(join(tmpdir(), "shadowdiff-start-"));
afterAll(() => rmSync(directory, { recursive: true }));

const isLinux = process.platform === "linux";
const SERVE = ["serve", "--primary", "http://127.0.0.1:1", "--candidate", "http://127.0.0.1:2"];
const ADDRESSES = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

function argsOf(name: string): readonly string[] {
  return [...SERVE, ...ADDRESSES, "--store", join(directory, name)];
}

/** The flags that Node was started with, and its variables for malloc, once it serves. */
async function settingsOf(program: Program): Promise<{ flags: readonly string[]; malloc: readonly string[] }> {
  await program.untilStdout(/dashboard/);
  const partsOf = (file: string): string[] => readFileSync(`/proc/${program.process.pid}/${file}`, "utf8").split("\0");
  const args = partsOf("cmdline");
  return {
    flags: args.slice(1, args.indexOf(CLI)),
    malloc: partsOf("environ").filter((variable) => variable.startsWith("MALLOC_")),
  };
}

async function codeAfterSigterm(program: Program): Promise<number | null> {
  program.process.kill("SIGTERM");
  return (await program.ended).code;
}

test.runIf(isLinux)("serve has a small young generation and two arenas, in the process that was started", async () => {
  const program = startProgram(argsOf("plain.db"), { HOME: directory });
  expect(await settingsOf(program)).toStrictEqual({
    flags: ["--max-semi-space-size=4"],
    malloc: ["MALLOC_ARENA_MAX=2", "MALLOC_MMAP_THRESHOLD_=131072"],
  });
  expect(await codeAfterSigterm(program)).toBe(0);
});

test.runIf(isLinux)("variables of the user win", async () => {
  const program = startProgram(argsOf("variables.db"), { HOME: directory, MALLOC_ARENA_MAX: "3" });
  const { malloc } = await settingsOf(program);
  expect(malloc).toContain("MALLOC_ARENA_MAX=3");
  expect(await codeAfterSigterm(program)).toBe(0);
});

test.runIf(isLinux)("flags of the user for Node are left alone", async () => {
  const flags = ["--max-old-space-size=300"];
  const program = startProgram(argsOf("flags.db"), { HOME: directory }, flags);
  expect(await settingsOf(program)).toStrictEqual({ flags, malloc: [] });
  expect(await codeAfterSigterm(program)).toBe(0);
});

test.runIf(isLinux)("a channel to the parent process is not lost", async () => {
  const child = fork(CLI, argsOf("channel.db"), {
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  const program = watchProgram(child as Parameters<typeof watchProgram>[0]);
  expect(await settingsOf(program)).toStrictEqual({ flags: [], malloc: [] });
  expect(child.connected).toBe(true);
  const disconnected = once(child, "disconnect");
  expect(await codeAfterSigterm(program)).toBe(0);
  await disconnected;
});

test.runIf(isLinux)("an open file of the parent process is not lost", async () => {
  const file = join(directory, "open.yaml");
  writeFileSync(file, "primary: http://127.0.0.1:1\ncandidate: http://127.0.0.1:2\n");
  const config = openSync(file, "r");
  const args = [CLI, "serve", "--config", "/dev/fd/7", ...ADDRESSES, "--store", join(directory, "open.db")];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe", "ignore", "ignore", "ignore", "ignore", config],
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  closeSync(config);
  const program = watchProgram(child as Parameters<typeof watchProgram>[0]);
  expect(await settingsOf(program)).toStrictEqual({ flags: [], malloc: [] });
  expect(await codeAfterSigterm(program)).toBe(0);
});

test.runIf(isLinux)("a process that must not execute others does not start over", async () => {
  const options = "--permission --allow-fs-read=* --allow-worker --no-warnings";
  const program = startProgram(["serve", "--help"], { HOME: directory, NODE_OPTIONS: options });
  const { code, stderr } = await program.ended;
  expect([code, stderr]).toStrictEqual([0, ""]);
});
