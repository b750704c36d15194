import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";

export const CLI = join(import.meta.dirname, "../../src/shadowdiff.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly process: ChildProcess;
  /** Fulfilled with the match as soon as stdout has it. @throws when the program ends without */
  untilStdout(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

/** Starts the real program. Only these environment variables and PATH reach it. @param program another checkout's program @param cwd its working directory */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  nodeArgs: readonly string[] = [],
  program = CLI,
  cwd?: string,
): Program {
  const child = spawn(process.execPath, [...nodeArgs, program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...env },
    cwd,
  });
  return watchProgram(child);
}

/** Collects what a program prints. */
export function watchProgram(child: ChildProcessByStdio<null, Readable, Readable>): Program {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    process: child,
    ended,
    untilStdout: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stdout);
          if (match !== null) resolve(match);
        };
        look();
        child.stdout.on("data", look);
        void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)));
      }),
  };
}

export function runProgram(...parameters: Parameters<typeof startProgram>): Promise<Ended> {
  return startProgram(...parameters).ended;
}
