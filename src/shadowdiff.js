#!/usr/bin/env node
// The entry, and the only file in plain JavaScript. Compiled sources are kept for the next start, which is then sooner and
// smaller: a thread that meets one file of TypeScript without its compiled form loads the compiler, 17 MB that it keeps.
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

// A thread's heap may double before it is collected as a whole. By itself V8 lets it grow fourfold, so that a proxy thread
// comes to 55 MB, most of it garbage. Before the cache: what is compiled is bound to the flags.
setFlagsFromString("--heap-growing-percent=100");

// A folder of our own: in one that others can write to, they could leave something for us to run.
const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const { directory } =
  module.enableCompileCache?.(process.env["NODE_COMPILE_CACHE"] ?? join(caches, "shadowdiff")) ?? {};
// Threads hear of it from the environment.
if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] = directory;

await import("./cli.ts");
