import type { Route } from "../model/routing.ts";
import type { DownUpstream } from "../model/status.ts";
import { failureText, upstreamText } from "../presentation/words/failure-words.ts";
import { formatDuration, formatPlural } from "../presentation/words/number-format.ts";
import type { Logger } from "../telemetry/logger.ts";
import { UpstreamWatch } from "./upstream-watch.ts";

/** Creates a watch that logs one line when an address goes down and one when it is back. */
export function createUpstreamWatch(
  routes: readonly Route[],
  log: Logger,
  events: {
    onDown(upstream: DownUpstream): void;
    /** @param downMs how long it was down */
    onBack(upstream: DownUpstream, downMs: number): void;
    notify(): void;
  },
): UpstreamWatch {
  return new UpstreamWatch({
    routes,
    now: Date.now,
    after(ms, callback) {
      // A report can arrive during shutdown, which must not wait for it.
      const timer = setTimeout(callback, ms).unref();
      return () => clearTimeout(timer);
    },
    onDown(upstream) {
      const { role, subset, address, reason } = upstream;
      events.onDown(upstream);
      // Clients notice a primary that is down; a person must act.
      const level = role === "primary" ? "error" : "warn";
      log[level]({ role, subset, address, reason }, `${upstreamText(upstream)} is down: ${failureText(upstream)}`);
      events.notify();
    },
    onBack(upstream, downMs) {
      const { role, subset, address, failed } = upstream;
      events.onBack(upstream, downMs);
      const text = `${address} responds again after ${formatDuration(downMs)}; ${formatPlural(failed, "request")} failed`;
      log.info({ role, subset, address, downMs, failed }, `${upstreamText(upstream)} is back: ${text}`);
      events.notify();
    },
  });
}
