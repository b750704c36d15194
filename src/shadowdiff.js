#!/usr/bin/env node
// The entry point, and the only file in plain JavaScript. It enables Node's compile cache, so that later starts are faster and need
// less memory: a thread that loads a TypeScript file without cached output also loads the compiler, 17 MB that it never frees.
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

// Run a full garbage collection when a thread's heap has doubled. By default V8 waits until it is four times as large, and a proxy
// thread grows to 55 MB, most of it garbage. Set before the cache is enabled, because cached code depends on the flags.
setFlagsFromString("--heap-growing-percent=100");

// A private folder: in one that other users can write to, they could plant code for us to run.
const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const { directory } =
  module.enableCompileCache?.(process.env["NODE_COMPILE_CACHE"] ?? join(caches, "shadowdiff")) ?? {};
// Threads read it from the environment.
if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] = directory;

await import("./cli.ts");
