import { createHash } from "node:crypto";
import type { ProbeRequest, ProbeResult } from "../../model/isolate/probe.ts";
import type { CauseSight } from "./cause-match.ts";
import type { Trial } from "./minimize-parts.ts";
import type { PacedProber } from "./paced-prober.ts";

/** How often the cause shows with the original request. */
export interface CauseFrequency {
  /** Requests that could be compared. */
  readonly tried: number;
  readonly shown: number;
  /** Requests in which the cause shows between two responses of the primary's version. */
  readonly noisy: number;
  /** Why the last request could not be compared, or null. */
  readonly failure: string | null;
}

export interface CauseTrialsOptions {
  readonly prober: Pick<PacedProber, "probe">;
  readonly match: (result: ProbeResult) => CauseSight;
  /** How often one request is sent at most. */
  readonly repeats: number;
}

/** A cause that shows so often in a row, and never as noise, is taken to show always. */
const CERTAIN_SHOWS = 3;
/** A request that fails so often in a row is set aside; one failure more would end the isolation. */
const MAX_FAILURES = 2;
/** A cause that does not show is missed by chance in at most this share of the trials, as far as repeats allow. */
const MISS_RATE = 0.05;

/** Tries whether the cause shows with a request, and remembers every trial. */
export class CauseTrials {
  readonly #options: CauseTrialsOptions;
  /** By a hash of the request, which is in the clear. */
  readonly #known = new Map<string, { shows: boolean; misses: number }>();
  #needed = 1;
  /** The latest request with which the cause showed. */
  #shown: ProbeRequest | undefined;

  constructor(options: CauseTrialsOptions) {
    this.#options = options;
  }

  /** How many times in a row a cause must be missed to be gone. */
  get neededMisses(): number {
    return this.#needed;
  }

  /** Sends the original request until it is clear how often the cause shows. @throws as `PacedProber.probe` */
  async measure(request: ProbeRequest): Promise<CauseFrequency> {
    const { prober, match, repeats } = this.#options;
    let [tried, shown, noisy] = [0, 0, 0];
    let failure: string | null = null;
    for (let count = 0; count < repeats; count += 1) {
      const outcome = await prober.probe(request);
      if (outcome === undefined) break;
      failure = outcome.failure;
      if (failure !== null) continue;
      const sight = match(outcome.result);
      tried += 1;
      shown += Number(sight.shows);
      noisy += Number(sight.isNoisy);
      if (shown >= CERTAIN_SHOWS && shown === tried && noisy === 0) break;
    }
    this.#needed = neededMisses(shown, tried, repeats);
    if (shown > 0) this.#known.set(keyOf(request), { shows: true, misses: 0 });
    this.#shown = request;
    return { tried, shown, noisy, failure };
  }

  /** While `check` runs, a cause must be missed twice as often to be gone, because the misses before can be an accident. */
  async doubting<Result>(check: () => Promise<Result>): Promise<Result> {
    const before = this.#needed;
    this.#needed = 2 * before;
    const result = await check();
    // One accident is too likely for a cause that seemed to show always.
    this.#needed = Math.max(2, before);
    return result;
  }

  /**
   * Sends a request until the cause shows, or was missed often enough. A request that fails says nothing: it is sent again, and
   * the cause is gone only if a request with which it showed does not fail meanwhile.
   * @throws as `PacedProber.probe`
   */
  async try(request: ProbeRequest): Promise<Trial> {
    const key = keyOf(request);
    const known = this.#known.get(key) ?? { shows: false, misses: 0 };
    this.#known.set(key, known);
    let failures = 0;
    while (!known.shows && known.misses < this.#needed) {
      const outcome = await this.#options.prober.probe(failures === MAX_FAILURES ? (this.#shown ?? request) : request);
      if (outcome === undefined) return "ended";
      if (failures === MAX_FAILURES) known.misses = Infinity;
      else if (outcome.failure !== null) failures += 1;
      else if (this.#options.match(outcome.result).shows) known.shows = true;
      else known.misses += 1;
    }
    if (known.shows) this.#shown = request;
    return known.shows ? "shows" : "gone";
  }

  /** Whether the cause still shows with a request with which it has shown before. @throws as `PacedProber.probe` */
  async stillShows(request: ProbeRequest): Promise<Trial> {
    this.#known.delete(keyOf(request));
    return this.try(request);
  }
}

/** Misses in a row that are as rare as `MISS_RATE` while the cause is there: `(1 - shown / tried)^misses`. */
function neededMisses(shown: number, tried: number, repeats: number): number {
  if (shown === tried) return 1;
  const misses = Math.ceil(Math.log(MISS_RATE) / Math.log(1 - shown / tried));
  return Math.min(repeats, Math.max(2, misses));
}

/** As short for a large body as for none. */
function keyOf({ target, headers, body }: ProbeRequest): string {
  const hash = createHash("sha256").update(JSON.stringify([target, headers, body === null]));
  return hash.update(body ?? "").digest("base64");
}
