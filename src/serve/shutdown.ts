import type { Admin } from "../admin/admin-server.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Supervisor } from "../threads/supervisor.ts";
import type { LiveConfig } from "./live-config.ts";
import type { Probes } from "./probes/create-probes.ts";
import type { SpanExport } from "./tracing/collector-export.ts";
import type { GraceLimits } from "./serve-options.ts";

/** Of clients that wait, and of a supervisor that waits for the process. */
const DEFAULT_LIMITS: GraceLimits = { graceMs: 10_000 };
/**
 * Part of the grace for captures when the database cannot be used: enough to reach the store thread, which tries once more to
 * commit them when it closes.
 */
const HAND_OVER_MS = 500;
/** A thread that has not reported its end after this time, beyond the grace, is terminated. */
const CLOSE_TIMEOUT_MS = 5_000;

export interface ShutdownOptions {
  readonly liveConfig: LiveConfig;
  readonly supervisor: Supervisor;
  readonly admin: Admin | undefined;
  readonly probes: Pick<Probes, "close">;
  readonly spanExport: SpanExport | null;
  readonly log: Logger;
  readonly limits?: GraceLimits | undefined;
}

/**
 * Ends everything in the order of the data flow, so that nothing is lost:
 * 1. Reloads and isolations stop.
 * 2. Each proxy thread stops accepting clients, and waits for requests in flight, mirrored requests, and the commit of their
 *    captures.
 * 3. The store thread commits what has arrived.
 * 4. All threads are terminated, their last spans exported, and requests that were sent again abandoned.
 * 5. The admin listener closes last, so that health checks and the dashboard can show that shadowdiff is draining.
 */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { liveConfig, supervisor, admin, probes, spanExport, log, limits: { graceMs } = DEFAULT_LIMITS } = options;
  liveConfig.close();
  const isolated = admin?.stopIsolations();
  const limits = { graceMs, commitMs: supervisor.storeError === null ? graceMs : HAND_OVER_MS };
  if (!(await supervisor.drainProxies(limits, graceMs + CLOSE_TIMEOUT_MS))) {
    log.warn("the proxy threads did not drain in time");
  }
  await isolated;
  if (!(await supervisor.closeStore(CLOSE_TIMEOUT_MS))) {
    log.warn("the store did not close in time; its last batches may be lost");
  }
  await Promise.all([supervisor.kill(), probes.close()]);
  await spanExport?.close();
  await admin?.close();
}
