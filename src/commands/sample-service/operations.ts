import { factorByTrial, factorByWheel, factorTooShort } from "./factor.ts";
import type { PlantedName } from "../demo/planted-regressions.ts";

export interface SampleResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Delay before the response is sent, in milliseconds. */
  readonly delayMs: number;
}

/** What an operation reads of a request besides its path. */
interface RequestDetails {
  readonly query: URLSearchParams;
  /** Value of the header Accept-Language; empty without it. */
  readonly language: string;
}

interface Operation {
  /** The number of path parameters. */
  readonly parameters: number;
  /** @param numbers integers, 1 to 10^12 */
  readonly run: (numbers: readonly number[], details: RequestDetails) => SampleResponse;
}

/** What planted regressions depend on besides the request. */
export interface Circumstances {
  /** Whether it is the second of two instances. */
  readonly isSecondInstance: boolean;
  /** Whether it has served for so long that `late-change` shows. */
  readonly isLate: () => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const CACHE_FOR_A_DAY = { "cache-control": "public, max-age=86400" };
const FIRST_DAY = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
/** About the year 4700. */
const LAST_DAY = 1_000_000;
/** The offset of Berlin from UTC in winter. */
const ZONE_MS = 3_600_000;
/** A response that takes microseconds measures the machine: a ratio to it changes a hundredfold when the machine is busy. */
const CUBES_MS = 10;
/** Many times as much as a busy machine adds. */
const SLOW_MS = 2_000;

/** US dollars to other currencies. */
const RATES: Readonly<Record<string, number>> = { USD: 1, EUR: 0.92, GBP: 0.79, CHF: 0.88, SEK: 10.41 };
/** One account in five is a premium account. */
const ACCOUNT_TYPES = ["premium", "basic", "basic", "business", "trial"] as const;
const ENGLISH_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] as const;
const GERMAN_DIGITS = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"] as const;
const LOST_EVERY = 50;

/**
 * The operations of the sample service, by method and first path segment.
 * @param planted the regressions of the new version; null for the old version
 * @param newRequestId generates unique ids
 */
export function createOperations(
  planted: ReadonlySet<PlantedName> | null,
  newRequestId: () => string,
  { isSecondInstance, isLate, random }: Circumstances,
): Readonly<Record<string, Operation>> {
  const has = (name: PlantedName): boolean => planted?.has(name) ?? false;
  const newFactor = has("wrong-factors") ? factorTooShort : factorByWheel;
  const factor = planted === null ? factorByTrial : newFactor;
  const isLost = onceIn(LOST_EVERY, random);
  return {
    "GET factor": { parameters: 1, run: ([number = 0]) => ok({ number, factors: factor(number) }) },
    "GET gcd": {
      parameters: 2,
      run: ([a = 0, b = 0]) => ok({ a, b, [has("renamed-field") ? "divisor" : "gcd"]: commonDivisor(a, b) }),
    },
    "GET primes": {
      parameters: 1,
      run: ([number = 0]) =>
        ok({ number, prime: factorByWheel(number).length === 1 }, has("lost-header") ? {} : CACHE_FOR_A_DAY),
    },
    "GET roots": {
      parameters: 1,
      run([number = 0]) {
        const root = Math.sqrt(number);
        if (Number.isInteger(root)) return ok({ number, root });
        return { ...ok({ number, root: null }), status: has("wrong-status") ? 200 : 404 };
      },
    },
    "GET products": {
      parameters: 2,
      run: ([a = 0, b = 0]) => ok({ a, b, product: has("number-as-text") ? String(a * b) : a * b }),
    },
    "GET shares": {
      parameters: 2,
      run([part = 0, whole = 0]) {
        const decimals = has("rounded-share") ? 3 : 9;
        return ok({ share: round(part / whole, decimals), percent: round((part / whole) * 100, decimals - 2) });
      },
    },
    "GET days": {
      parameters: 1,
      run([number = 0]) {
        if (number > LAST_DAY) return errorResponse(400, `only days from 1 to ${LAST_DAY}`);
        const begins = FIRST_DAY + number * DAY_MS - (has("wrong-zone") ? ZONE_MS : 0);
        return ok({ number, begins: new Date(begins).toISOString() });
      },
    },
    "GET divisors": {
      parameters: 1,
      run([number = 0]) {
        const found = divisors(number);
        return ok({ number, divisors: has("lost-order") ? found : found.toSorted((a, b) => a - b) });
      },
    },
    "GET cubes": {
      parameters: 1,
      run: ([number = 0]) => ({
        ...ok({ number, cube: number ** 3 }),
        delayMs: CUBES_MS + (has("slow-cubes") ? SLOW_MS : 0),
      }),
    },
    "GET sums": { parameters: 2, run: ([a = 0, b = 0]) => ok({ a, b, sum: a + b }) },
    // The request id is different in every response of every version, so it is noise.
    "GET calculations": {
      parameters: 1,
      run: ([id = 0]) => ok({ id, expression: `${id} * ${id}`, result: id * id, requestId: newRequestId() }),
    },
    "GET prices": {
      parameters: 1,
      run([number = 0], { query }) {
        const currency = query.get("currency") ?? "USD";
        const rate = Object.hasOwn(RATES, currency) ? RATES[currency] : undefined;
        if (rate === undefined) return errorResponse(400, `only currencies ${Object.keys(RATES).join(", ")}`);
        const decimals = has("rounded-euros") && currency === "EUR" ? 0 : 2;
        return ok({ id: number, currency, price: round(number * rate, decimals) });
      },
    },
    "GET names": {
      parameters: 1,
      run([number = 0], { language }) {
        const digits = language.startsWith("de") && !has("lost-german") ? GERMAN_DIGITS : ENGLISH_DIGITS;
        return ok({
          number,
          name: Array.from(String(number))
            .map((digit) => digits[Number(digit)])
            .join(" "),
        });
      },
    },
    "GET accounts": {
      parameters: 1,
      run([id = 0]) {
        const type = ACCOUNT_TYPES[id % ACCOUNT_TYPES.length];
        const hasInterest = type !== "premium" || !has("lost-interest");
        return ok({ id, type, balance: id * 7, ...(hasInterest && { interest: 1 + (id % 7) }) });
      },
    },
    "GET squares": {
      parameters: 1,
      run: ([number = 0]) => ok({ number, square: number ** 2 + Number(has("one-address") && isSecondInstance) }),
    },
    "GET averages": {
      parameters: 2,
      run: ([a = 0, b = 0]) =>
        ok({ a, b, average: has("late-change") && isLate() ? Math.floor((a + b) / 2) : (a + b) / 2 }),
    },
    "GET powers": {
      parameters: 1,
      run: ([number = 0]) => ok({ number, ...(has("random-loss") && isLost() ? {} : { power: 2 ** (number % 50) }) }),
    },
    "POST calculations": { parameters: 0, run: () => ({ ...ok({ requestId: newRequestId() }), status: 201 }) },
  };
}

export function errorResponse(status: number, error: string): SampleResponse {
  return { ...ok({ error }), status };
}

function ok(body: unknown, headers: SampleResponse["headers"] = {}): SampleResponse {
  return { status: 200, headers, body, delayMs: 0 };
}

/**
 * Whether a call is the one among so many that is chosen at random. Independent choices would differ in their number: one demo in
 * twenty would have too few to say more about them.
 */
function onceIn(calls: number, random: () => number): () => boolean {
  let left = 0;
  let chosen = 0;
  return () => {
    if (left === 0) {
      left = calls;
      chosen = Math.floor(random() * calls);
    }
    left -= 1;
    return left === chosen;
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function round(number: number, decimals: number): number {
  return Number(number.toFixed(decimals));
}

/** In pairs whose product is the number. */
function divisors(number: number): readonly number[] {
  const found: number[] = [];
  for (let divisor = 1; divisor * divisor <= number; divisor += 1) {
    if (number % divisor === 0) found.push(...new Set([divisor, number / divisor]));
  }
  return found;
}
