import { defineConfig } from "vitest/config";
import defaults from "../../vitest.config.ts";

/** The servers that the test command does not start; `npm run test:peers`. */
export default defineConfig({ test: { ...defaults.test, include: ["test/peers/*.peer.ts"] } });
