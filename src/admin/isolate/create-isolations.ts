import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { IsolationManager } from "../../isolate/isolation-manager.ts";
import type { IsolationPlace, IsolationRoute } from "../../isolate/isolation-job.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import type { AdminOptions } from "../admin-options.ts";
import { probeDestinations } from "./probe-destinations.ts";
import { pauseOf } from "./isolation-refusal.ts";

/** The isolations of a running process. @param onChange called with each change of any of them */
export function createIsolations(options: AdminOptions, onChange: () => void): IsolationManager {
  const { probes, control, logger } = options;
  return new IsolationManager({
    runner: probes.runner,
    live: probes.live,
    place: (route) => placeOf(options, route),
    refusal: ({ route, candidate }) => pauseOf(control.view(), route, candidate)?.message ?? null,
    settings: () => options.current().isolate,
    createId: randomUUID,
    now: Date.now,
    monotonic: () => performance.now(),
    async wait(ms, signal) {
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    onChange,
    async onEnd(isolation) {
      const { id, title, endpoint, candidate, state, probes: sent, by, runId } = isolation;
      logger.info(
        { isolation: id, run: runId, candidate, endpoint, state, probes: sent, by },
        "an isolation has ended",
      );
      const what = `isolation of ${title} on ${endpoint}: ${state} after ${formatPlural(sent, "request")} to ${candidate}`;
      const audit = { at: isolation.endedAt ?? Date.now(), by, what };
      const error = await options.edit({ type: "isolation", isolation, audit });
      if (error !== null) logger.warn({ isolation: id, error }, "an isolation could not be stored");
    },
    onError: (error) => logger.error({ err: error }, "an isolation failed"),
  });
}

function placeOf(
  { current }: AdminOptions,
  { route, candidate, primary, fields }: IsolationRoute,
): IsolationPlace | undefined {
  const destinations = probeDestinations(current(), { route, candidate, primary });
  const [first, , secondary] = destinations ?? [];
  if (first === undefined || secondary === undefined) return undefined;
  return {
    target: { purpose: "isolate", route, candidate, primary, knownPaths: fields.map(({ path }) => path) },
    hasSecondary: secondary.subset !== first.subset,
    origin: first.url.split(", ", 1)[0] ?? "",
  };
}
