import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem, version } from "node:os";
import { findProgram } from "../tools/require-tool.ts";

/** The machine and the programs of a measurement. */
interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  /** Version text of each program. */
  readonly versions: Readonly<Record<string, string>>;
}

const BYTES_PER_GB = 1024 ** 3;

/** Arguments that print a version. nginx prints it to stderr, wrk exits with 1. */
const ASK: Readonly<Record<string, string>> = { nginx: "-v", haproxy: "-v", wrk: "-v", h2load: "--version" };

function machine(): Machine {
  const found = Object.entries(ASK).flatMap(([name, flag]) => {
    const path = findProgram([name]);
    return path === undefined ? [] : [[name, versionOf(path, flag)] as const];
  });
  return {
    cpu: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / BYTES_PER_GB),
    kernel: version(),
    versions: { node: process.version, ...Object.fromEntries(found) },
  };
}

function versionOf(path: string, flag: string): string {
  const text = execFileSync("/bin/sh", ["-c", '"$1" "$2" 2>&1 || true', "sh", path, flag], { encoding: "utf8" });
  return (text.split("\n")[0] ?? "").trim();
}

/** Writes results as JSON with time and machine, if a file is given. */
export function writeResults(file: string | undefined, results: object): void {
  if (file === undefined) return;
  const document = { at: new Date().toISOString(), machine: machine(), ...results };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
}
