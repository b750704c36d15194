import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { FlagValues } from "../../src/config/options/settings.ts";
import { startServe } from "../../src/serve/start-serve.ts";
import { createLogger } from "../../src/telemetry/logger.ts";

/** The message to the parent. */
export interface Started {
  readonly adminUrl: string;
  readonly proxyUrl: string;
}

/**
 * A process like `shadowdiff serve`, with another build of the dashboard: `dashboard-process.ts WEB_ROOT FLAGS [DOCUMENT]`. Sends
 * its admin and proxy URLs to its parent. SIGTERM drains it.
 */
const [webRoot = "", flags = "{}", text] = process.argv.slice(2);
const file = text === undefined ? undefined : { path: "shadowdiff.yaml", text };
const { config, options } = loadWithWarnings({ file, flags: JSON.parse(flags) as FlagValues, env: {} });
const running = await startServe(config, {
  effective: options,
  webRoot,
  logger: createLogger({ level: "silent", thread: "main" }),
});
// It ends with its parent.
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => void running.drain().then(() => process.disconnect?.()));
process.send?.({ adminUrl: running.adminUrl, proxyUrl: running.proxyUrl } satisfies Started);
