#!/usr/bin/env node
// The entry point, and the only file in plain JavaScript: it runs the sources of a checkout, and dist/ in the npm package. It
// enables Node's compile cache, so that later starts are faster and need less memory: a thread that loads a TypeScript file without
// cached output also loads the compiler, 17 MB that it never frees.
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { setFlagsFromString } from "node:v8";

const MIN_NODE_MAJOR = 24;
const isCheckout = existsSync(new URL("cli.ts", import.meta.url));

/** The commands whose process lives long. */
const LONG_COMMANDS = new Set(["serve", "demo"]);
/** Of the main thread. By default its young generation grows to 50 MB while the program loads. */
const NODE_FLAGS = ["--max-semi-space-size=4"];
/**
 * Of all threads. The size of the young generation is left to the limits of each thread. A full garbage collection runs when a
 * heap has doubled: by default V8 waits until it is four times as large, and a proxy thread grows to 55 MB, most of it garbage.
 */
const HEAPS = ["--max-semi-space-size=0", "--heap-growing-percent=100"];
/** The demo has little traffic, and is tried in small containers: it needs 37 MB less, and spends CPU time that it has. */
const DEMO_HEAPS = ["--optimize-for-size", "--max-semi-space-size=1", "--heap-growing-percent=30"];
/** Otherwise glibc keeps 30 to 150 MB in fragments of eight arenas: what V8's compilers and large bodies needed once. */
const MALLOC = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072" };
/** A file that the process has inherited open, such as what `<(…)` of a shell stands for. Node closes some when it starts over. */
const OPEN_FILE = /\/(?:dev|proc\/self)\/fd\/\d/;

// Settings that are read only when a process starts: start it over (docs/adr/0068-the-process-starts-over-once.md).
if (canStartOver()) {
  const { execPath, argv, env } = process;
  process.execve(execPath, [execPath, ...NODE_FLAGS, ...argv.slice(1)], { ...MALLOC, ...env });
}
// Threads would inherit the flags instead of those of `lib/runtime/worker-thread.ts`.
if (process.execArgv.join() === NODE_FLAGS.join()) process.execArgv.length = 0;
// Set before the cache is enabled, because cached code depends on the flags.
for (const flag of process.argv[2] === "demo" ? DEMO_HEAPS : HEAPS) setFlagsFromString(flag);

// In the npm package, stack traces name the sources. `lib/runtime/worker-thread.ts` does the same for threads.
process.setSourceMapsEnabled(true);

ignoreRelativeFolders(process.env);
const { directory } = module.enableCompileCache?.(process.env["NODE_COMPILE_CACHE"] || cacheFolder()) ?? {};
// Threads read it from the environment.
if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] = directory;

if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) rejectOldNode();
else if (isCheckout) await import("./cli.ts");
else await import("../dist/cli.js");

/**
 * Whether this is the first start of a long command. Flags for Node and the memory of its heap are the user's choice, and a channel
 * to the parent process or an open file would be lost.
 */
function canStartOver() {
  const { platform, argv, execArgv, env, channel, permission } = process;
  const isChosen = execArgv.length > 0 || env["NODE_OPTIONS"]?.includes("semi-space") === true;
  const mayExecute = permission === undefined || permission.has("child");
  const canExecute = platform === "linux" && "execve" in process && mayExecute;
  const namesOpenFile = [...argv, ...Object.values(env)].some((value) => OPEN_FILE.test(value));
  return canExecute && LONG_COMMANDS.has(argv[2]) && !isChosen && channel == null && !namesOpenFile;
}

/**
 * Removes the variables of folders whose value is empty or relative: the XDG specification calls them invalid, and files would end
 * up in the working directory. Node and SQLite then use the user's home and the system's folder for temporary files.
 */
function ignoreRelativeFolders(environment) {
  for (const name of ["HOME", "XDG_CACHE_HOME", "TMPDIR", "TMP", "TEMP"]) {
    if (!isAbsolute(environment[name] ?? "/")) delete environment[name];
  }
}

/** A private folder: in one that other users can write to, they could plant code for us to run. */
function cacheFolder() {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "shadowdiff");
}

/** Says so here, because an older Node cannot load the other files. */
function rejectOldNode() {
  const remedy = isCheckout
    ? "run it with npm start or npm run demo, which use the Node of node_modules"
    : "install a newer one from https://nodejs.org";
  const found = process.versions.node;
  process.stderr.write(`shadowdiff requires Node ${MIN_NODE_MAJOR} or later, but this is Node ${found}; ${remedy}\n`);
  // As for other usage errors.
  process.exitCode = 2;
}
