import { normals } from "../simulate/random.ts";
import { createBursts, exponential, hashShare } from "./own-randomness.ts";
import type { LatencyKind, Surroundings } from "./server-config.ts";

/** How long a response takes. */
interface Delay {
  /** Milliseconds to wait while other requests continue; 0 responds at once. */
  readonly waitMs: number;
  /** Milliseconds of CPU time, during which the server does nothing else. */
  readonly busyMs: number;
}

type LatencyModel = (path: string) => Delay;

const wait = (waitMs: number): Delay => ({ waitMs, busyMs: 0 });

/** The speed wanders with a standard deviation of 15% of its logarithm. */
const WANDER_SD = 0.15;
/** After how many milliseconds the speed has forgotten 63% of what it was: 50, 250 and 750 requests at 150 per second. */
const WANDER_MS = [333, 1_667, 5_000];
const GC_EVERY_MS = 2_000;
const SLOW_BURSTS = { meanGapMs: 5_000, shortestMs: 200, longestMs: 800 };
const LONGEST_MS = 1_000;

type Lognormal = (median: number, sd: number) => number;

const MODELS: Readonly<Record<LatencyKind, (lognormal: Lognormal, surroundings: Surroundings) => LatencyModel>> = {
  none: () => () => wait(0),
  constant: () => () => wait(5),
  lognormal: (lognormal) => () => wait(lognormal(4, 0.5)),
  "input-cost": (lognormal) => (path) => wait(1.5 * 16 ** hashShare(`cost ${path}`) * lognormal(1, 0.1)),
  "own-cache":
    (lognormal, { own }) =>
    () =>
      wait(own() < 0.2 ? lognormal(20, 0.2) : lognormal(2, 0.1)),
  "input-bimodal": (lognormal) => (path) =>
    wait(hashShare(`miss ${path}`) < 0.2 ? lognormal(20, 0.2) : lognormal(2, 0.1)),
  pareto:
    (_, { own }) =>
    () =>
      wait(Math.min(LONGEST_MS, 2 / (1 - own()) ** (1 / 1.2))),
  cpu: (lognormal) => () => ({ waitMs: 0, busyMs: lognormal(0.8, 0.4) }),
  gc: garbageCollected,
  wander: wandering,
  "warm-up": warmingUp,
  "slow-endpoint": (lognormal) => (path) => wait(path.startsWith("/search/") ? lognormal(30, 0.3) : lognormal(2, 0.2)),
  "slow-bursts": slowInBursts,
};

/** Creates the latency of one server. All servers of a run have the same distribution, and each its own draws. */
export function createLatency(kind: LatencyKind, surroundings: Surroundings): LatencyModel {
  const normal = normals(surroundings.own);
  return MODELS[kind]((median, sd) => median * Math.exp(sd * normal()), surroundings);
}

/** A pause of 30 to 80 ms hits a request about every two seconds, as allocations trigger a collector. */
function garbageCollected(lognormal: Lognormal, { own, now }: Surroundings): LatencyModel {
  let next = now() + own() * GC_EVERY_MS;
  return () => {
    const waitMs = lognormal(3, 0.3);
    if (now() < next) return wait(waitMs);
    next = now() + GC_EVERY_MS / 2 + exponential(GC_EVERY_MS / 2, own);
    return { waitMs, busyMs: 30 + 50 * own() };
  };
}

/** The logarithm of the speed is an Ornstein–Uhlenbeck process (1930), each server's its own. */
function wandering(lognormal: Lognormal, { own, shared, now }: Surroundings): LatencyModel {
  const normal = normals(own);
  const forgetMs = WANDER_MS[Math.floor(shared() * WANDER_MS.length)] ?? 0;
  let level = WANDER_SD * normal();
  let last = now();
  return () => {
    const keep = Math.exp((last - now()) / forgetMs);
    last = now();
    level = level * keep + WANDER_SD * Math.sqrt(1 - keep * keep) * normal();
    return wait(lognormal(4, 0.2) * Math.exp(level));
  };
}

/** Five times as slow at first, as a server that compiles its code and fills its caches; normal after some hundred requests. */
function warmingUp(lognormal: Lognormal): LatencyModel {
  let served = 0;
  return () => wait(lognormal(3, 0.3) * (1 + 4 * Math.exp(-served++ / 100)));
}

function slowInBursts(lognormal: Lognormal, { own, now }: Surroundings): LatencyModel {
  const isSlow = createBursts(SLOW_BURSTS, own);
  return () => wait(lognormal(3, 0.3) * (isSlow(now()) ? 5 : 1));
}
