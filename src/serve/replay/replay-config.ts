import type { Config } from "../../model/config.ts";
import type { Forward, MirrorPolicy, Route, SecondaryPolicy } from "../../model/routing.ts";

const ALL_PERCENT = 100;

/**
 * Adapts a configuration to a replay. Every request is mirrored and none is dropped, because no client waits: the limits of
 * requests in flight and of memory slow the replay down instead. Each request to a candidate that is down is a difference.
 * @param concurrency maximum of requests in flight
 */
export function replayConfig(config: Config, concurrency: number): Config {
  const { routes, threads, capture } = config;
  const limits = { maxInFlight: concurrency, maxBufferedBytes: capture.maxBufferedBytes };
  return {
    ...config,
    tap: undefined,
    listenTls: undefined,
    // One thread keeps the order of the recording.
    threads: { ...threads, proxy: 1 },
    routes: routes.map((route): Route => {
      const { action } = route;
      return action.type === "forward" ? { ...route, action: withLimits(action, limits) } : route;
    }),
  };
}

type Limits = Pick<MirrorPolicy, "maxInFlight" | "maxBufferedBytes">;

function withLimits(forward: Forward, limits: Limits): Forward {
  const { candidates, secondary } = forward;
  return {
    ...forward,
    candidates: candidates.map((candidate) => ({
      ...candidate,
      ...limits,
      percent: ALL_PERCENT,
      sticky: undefined,
      sampling: undefined,
      breaker: undefined,
    })),
    secondary: secondary && secondaryWithLimits(secondary, limits),
  };
}

/** A self-check costs the primary as many requests again, so its share stays as configured. */
function secondaryWithLimits(secondary: SecondaryPolicy, limits: Limits): SecondaryPolicy {
  const percent = secondary.subset === "primary" ? secondary.percent : ALL_PERCENT;
  return { ...secondary, ...limits, percent };
}
