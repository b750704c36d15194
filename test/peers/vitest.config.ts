import { defineConfig } from "vitest/config";
import defaults from "../../vitest.config.ts";

const { projects: _, ...shared } = defaults.test ?? {};

/** The servers that the test command does not start; `npm run test:peers`. */
export default defineConfig({ test: { ...shared, include: ["test/peers/*.peer.ts"] } });
