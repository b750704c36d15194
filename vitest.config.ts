import { defineConfig } from "vitest/config";

/** Tests that look at the dashboard, which is built once for all of them. */
const DASHBOARD = ["test/e2e/**/*.test.ts", "test/web/javascript-budget.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    // Two cores: more files at once only make each other late.
    maxWorkers: 2,
    testTimeout: 30_000,
    // What a poll waits for comes, however busy the machine is; the default is a second.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "program", include: ["test/**/*.test.ts"], exclude: DASHBOARD } },
      {
        extends: true,
        test: { name: "dashboard", include: DASHBOARD, globalSetup: "test/e2e/build-dashboard.ts" },
      },
    ],
  },
});
