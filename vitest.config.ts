import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Two cores: more files at once only make each other late.
    maxWorkers: 2,
    testTimeout: 30_000,
    // What a poll waits for comes, however busy the machine is; the default is a second.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 30_000,
  },
});
