import { createComparer } from "../../src/compare/batch-comparer.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Exchange, MirroredCapture, Timing } from "../../src/model/capture.ts";
import { batch, capture, CONFIG, exchange, identical, KEY, mirrored } from "../compare/build-exchanges.ts";

/** Number of named values in a JSON that is filled up to 1 KB. */
const FIELDS = 10;
const FILLING = 900;
const MS_PER_MINUTE = 60_000;
/** One of this many exchanges differs. */
const DIFFERS_EVERY = 10;
/** Logarithmic standard deviation of the latencies: the 99th percentile is twice the median. */
const SPREAD = 0.3;
const SEED = 42;
const AREAS = 25;
const LETTERS = 26;
const LETTER_A = 97;

export interface Traffic {
  readonly exchanges: number;
  readonly batchSize: number;
  readonly endpoints: number;
  /** Minutes before `until` over which the exchanges are evenly distributed. */
  readonly minutes: number;
  /** Unix milliseconds. */
  readonly until: number;
  /** Samples that are kept per difference; 0 for counts only. */
  readonly samples: number;
  /** Every exchange differs, each in the next field. */
  readonly allDiffer?: boolean | undefined;
}

/** Generates batches as a compare thread sends them to the store thread, with the results of the real comparer. */
export function* trafficBatches(traffic: Traffic): Generator<ResultBatch> {
  const { exchanges, batchSize, endpoints, minutes, until, samples, allDiffer = false } = traffic;
  const comparer = createComparer({ config: { ...CONFIG, samplesPerDifference: samples }, redactionKey: KEY });
  const random = randomNumbers(SEED);
  const begin = until - minutes * MS_PER_MINUTE;
  for (let first = 0; first < exchanges; first += batchSize) {
    const size = Math.min(batchSize, exchanges - first);
    const judged = Array.from({ length: size }, (_, offset) => {
      const number = first + offset;
      const at = begin + (number / exchanges) * minutes * MS_PER_MINUTE;
      // The endpoints take turns when all exchanges differ, so that every pair of endpoint and field occurs.
      const endpoint = allDiffer ? number % endpoints : Math.floor(random() * endpoints);
      const differs = allDiffer || number % DIFFERS_EVERY === 0;
      const field = allDiffer ? Math.floor(number / endpoints) % FIELDS : Math.floor(random() * FIELDS);
      return oneExchange({ number, at, endpoint, differing: differs ? field : undefined, random });
    });
    const received = { minute: Math.floor(begin / MS_PER_MINUTE), candidate: "v2", reason: "", count: size } as const;
    const accounting = (["received", "mirrored"] as const).map((fate) => ({ ...received, fate }));
    yield comparer.compare({ ...batch(...judged), id: `00000000-0000-4000-8000-${first}`, accounting });
  }
}

interface Plan {
  readonly number: number;
  readonly at: number;
  readonly endpoint: number;
  /** The field that differs; undefined when the responses are identical. */
  readonly differing: number | undefined;
  readonly random: () => number;
}

function oneExchange({ number, at, endpoint, differing, random }: Plan): Exchange {
  const totalMs = logNormal(random);
  const candidate: MirroredCapture =
    differing === undefined ? identical() : mirrored(bodyOf(number, differing), { subset: "v2" });
  const timed = { ...candidate, capture: { ...candidate.capture, timing: timingOf(totalMs * logNormal(random, 1)) } };
  return exchange({
    id: `exchange-${number}`,
    at,
    target: `${resourceOf(endpoint)}/${number}`,
    headers: ["Host", "service.test", "Accept", "application/json", "User-Agent", "bench"],
    primary: capture(differing === undefined ? "" : bodyOf(number), { timing: timingOf(totalMs) }),
    candidates: [timed],
  });
}

function timingOf(totalMs: number): Timing {
  return { connectMs: null, firstByteMs: totalMs * 0.9, totalMs };
}

/** The path of an endpoint without its last segment. Digits would make a segment a parameter, and so would many values of one. */
export function resourceOf(endpoint: number): string {
  return `/${wordOf(endpoint % AREAS)}/${wordOf(endpoint)}`;
}

/** A word for each number. */
function wordOf(number: number): string {
  const letterOf = (digit: string): string => String.fromCodePoint(LETTER_A + Number.parseInt(digit, LETTERS));
  return `the${number.toString(LETTERS).replaceAll(/./g, letterOf)}`;
}

/** About 1 KB of JSON. */
function bodyOf(number: number, differing?: number): string {
  const fields = Array.from({ length: FIELDS }, (_, field) => {
    const value = field === differing ? number + 1 : number;
    return [`field${field}`, value * (field + 1)] as const;
  });
  const lines: string[] = [];
  for (let length = 0; length < FILLING; length += 45)
    lines.push(`line ${lines.length} of order ${number}, two pieces`);
  return JSON.stringify({ ...Object.fromEntries(fields), lines });
}

/** Returns log-normally distributed milliseconds. */
export function logNormal(random: () => number, median = 5): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(SPREAD * normal);
}

/** Creates a generator of uniform numbers in [0, 1), the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
