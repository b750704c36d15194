import { readIdentical } from "../lib/identical-exchanges.ts";
import type { CaptureBatch, IdenticalExchanges, ResultBatch } from "../model/batch.ts";
import type { Exchange, Shadow } from "../model/capture.ts";
import type { CompareConfig } from "../model/config.ts";
import type { Sample } from "../model/difference.ts";
import { captureFindings, primaryLeg, shadowLeg, type Leg } from "./captures.ts";
import { createEndpoints } from "./endpoint.ts";
import { NO_FINDINGS, type Findings } from "./finding.ts";
import { joinFields } from "./join.ts";
import { createRedactor } from "./redactor.ts";
import { makeSample } from "./sample.ts";
import { Sampler, sampleBytes } from "./sampler.ts";
import { Tally } from "./tally.ts";

const MS_PER_MINUTE = 60_000;
/** Compressed bodies of all samples in one batch. */
const MAX_SAMPLE_BYTES = 1024 * 1024;

export interface ComparerOptions {
  readonly config: CompareConfig;
  /** Random, one per run, shared by all threads that redact. */
  readonly redactionKey: Uint8Array;
  /** Told before and after each exchange, so that somebody else can see when one takes too long. */
  readonly onExchange?: ((busy: boolean) => void) | undefined;
}

export interface Comparer {
  /** Judges a batch. Nothing of the result refers to the batch's memory. Never throws. */
  compare(batch: CaptureBatch): ResultBatch;
}

/** The stage between capture and store. It remembers nothing but how many samples it has taken. */
export function createComparer({ config, redactionKey, onExchange }: ComparerOptions): Comparer {
  const endpointOf = createEndpoints(config.endpoints);
  const sampler = new Sampler(config.samplesPerDifference);

  /** One exchange against each of its candidates. @returns bytes of samples added */
  const judge = (exchange: Exchange, tally: Tally, samples: Sample[], room: number): number => {
    const { route, method } = exchange;
    const minute = Math.floor(exchange.at / MS_PER_MINUTE);
    const sides = new Sides(exchange, config.maxDecodedBytes);
    let used = 0;
    for (const shadow of exchange.candidates) {
      const candidate = shadow.capture.subset;
      if (exchange.primary.failure !== null) {
        tally.skipped(minute, route, candidate, "primary-failed");
        continue;
      }
      try {
        const endpoint = endpointOf(method, exchange.target);
        const leg = shadowLeg(shadow, exchange.primary, config.maxDecodedBytes);
        const raw = captureFindings(sides.primary, leg, shadow, method);
        const noise = sides.noise();
        const fields = joinFields(raw.findings, noise.findings);
        const overflow = raw.overflow || noise.overflow;
        const sample =
          raw.findings.length > 0 && used < room && sampler.wants(endpoint, candidate, fields)
            ? makeSample(
                { exchange, endpoint, fields, findings: raw.findings, ...sides.legs(), candidate: leg },
                createRedactor(redactionKey),
              )
            : undefined;
        // Counted only when nothing can throw any more, so that an exchange is either compared or skipped.
        tally.outcome(minute, { route, endpoint, candidate, paired: sides.paired, fields, overflow });
        tally.latencies({ minute, route, endpoint, candidate }, sides.captures(shadow));
        if (sample !== undefined && used + sampleBytes(sample) <= room) {
          used += sampleBytes(sample);
          samples.push(sample);
          sampler.took(sample);
        }
      } catch {
        tally.skipped(minute, route, candidate, "error");
      }
    }
    return used;
  };

  const countIdentical = (exchanges: IdenticalExchanges, tally: Tally): void => {
    for (const { at, route, method, target, candidate, primaryMs, candidateMs, secondaryMs } of readIdentical(
      exchanges,
    )) {
      const minute = Math.floor(at / MS_PER_MINUTE);
      const endpoint = endpointOf(method, target);
      const paired = secondaryMs !== null;
      tally.outcome(minute, { route, endpoint, candidate, paired, fields: [], overflow: false });
      tally.times({ minute, route, endpoint, candidate }, primaryMs, candidateMs, secondaryMs);
    }
  };

  return {
    compare(batch) {
      const tally = new Tally();
      const samples: Sample[] = [];
      let room = MAX_SAMPLE_BYTES;
      for (const exchange of batch.exchanges) {
        onExchange?.(true);
        room -= judge(exchange, tally, samples, room);
        onExchange?.(false);
      }
      if (batch.identical !== null) countIdentical(batch.identical, tally);
      const { outcomes, latencies, skipped } = tally.results();
      return { id: batch.id, accounting: [...batch.accounting, ...skipped], outcomes, latencies, samples };
    },
  };
}

/** What the candidates of one exchange share: the primary's leg, and how the secondary differs from it. */
class Sides {
  readonly primary: Leg;
  /** A secondary that failed says nothing about noise. */
  readonly #secondary: Shadow | null;
  readonly #secondaryLeg: Leg | null;
  readonly #exchange: Exchange;
  #noise: Findings | undefined;

  constructor(exchange: Exchange, maxDecodedBytes: number) {
    this.#exchange = exchange;
    this.primary = primaryLeg(exchange.primary, maxDecodedBytes);
    const { secondary } = exchange;
    this.#secondaryLeg = secondary === null ? null : shadowLeg(secondary, exchange.primary, maxDecodedBytes);
    this.#secondary = secondary === null || secondary.capture.failure !== null ? null : secondary;
  }

  get paired(): boolean {
    return this.#secondary !== null;
  }

  noise(): Findings {
    this.#noise ??=
      this.#secondary === null || this.#secondaryLeg === null
        ? NO_FINDINGS
        : captureFindings(this.primary, this.#secondaryLeg, this.#secondary, this.#exchange.method);
    return this.#noise;
  }

  legs(): { primary: Leg; secondary: Leg | null } {
    return { primary: this.primary, secondary: this.#secondaryLeg };
  }

  captures(candidate: Shadow): {
    primary: Exchange["primary"];
    candidate: Exchange["primary"];
    secondary: Exchange["primary"] | null;
  } {
    return {
      primary: this.#exchange.primary,
      candidate: candidate.capture,
      secondary: this.#exchange.secondary?.capture ?? null,
    };
  }
}
