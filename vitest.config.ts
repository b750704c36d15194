import { defineConfig } from "vitest/config";

/** Tests that look at the dashboard, which is built once for all of them. */
const DASHBOARD = ["test/e2e/**/*.test.ts", "test/web/javascript-budget.test.ts"];
/** Folders whose tests restore what they change in their process. */
const UNITS = [
  "admin",
  "bench",
  "capture",
  "commands/{check,completion,explain,export,import,init,replay,run,sample-service,serve}",
  "compare",
  "config",
  "endpoints",
  "golden",
  "http",
  "isolate",
  "lib",
  "mirror",
  "notify",
  "presentation",
  "proxy",
  "replay",
  "report",
  "secrets",
  "serve",
  "store/counting",
  "store/packing",
  "store/reading",
  "store/sqlite",
  "telemetry",
  "threads",
  "transfer",
  "upstream",
  "web",
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    pool: "forks",
    // One more than the cores of the smallest machine: with two workers, a third of their time was spent waiting.
    maxWorkers: 3,
    // What a test waits for comes, however busy the machine is. These end only what hangs.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    // Node loads these classes, as it loads what the sources require on demand: two copies would break `instanceof`.
    server: { deps: { external: [/\/src\/compare\/(?:tree\/(?:exact-number|json-tree)|body\/parse-limits)\.ts$/] } },
    projects: [
      {
        extends: true,
        test: { name: "dashboard", include: DASHBOARD, globalSetup: "test/e2e/build-dashboard.ts" },
      },
      { extends: true, test: { name: "program", include: ["test/**/*.test.ts"], exclude: [...DASHBOARD, ...UNITS] } },
      // They share processes. With a new one for each file, test/admin takes 35 s of CPU instead of 15: modules load again.
      // Vitest starts projects in the order of their names: these short files are last, so that all workers end together.
      { extends: true, test: { name: "units", include: UNITS, exclude: DASHBOARD, isolate: false } },
    ],
  },
});
