import { defineConfig } from "vitest/config";
import defaults from "../../vitest.config.ts";

const { projects: _, ...shared } = defaults.test ?? {};

/** The servers that the test command does not start; `npm run test:peers`. */
// Three at once, because they often wait: for a mirror of Debian, for copies, for idle connections to close.
export default defineConfig({ test: { ...shared, maxWorkers: 3, include: ["test/peers/*.peer.ts"] } });
