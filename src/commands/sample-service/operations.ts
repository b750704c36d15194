import { factorByTrial, factorByWheel, factorTooShort } from "./factor.ts";
import type { PlantedName } from "../demo/planted-regressions.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Milliseconds until it is sent. */
  readonly delayMs: number;
}

interface Operation {
  /** How many numbers its path has. */
  readonly takes: number;
  /** @param numbers whole, 1 to 10^12 */
  readonly run: (...numbers: readonly number[]) => Answer;
}

const CACHE_FOR_A_DAY = { "cache-control": "public, max-age=86400" };
const FIRST_DAY = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
/** About the year 4700. */
const LAST_DAY = 1_000_000;
/** How far Berlin is ahead of UTC in winter. */
const ZONE_MS = 3_600_000;
/** Far beyond what a busy machine adds to an answer of a millisecond. */
const SLOW_MS = 30;

/**
 * What the sample service does, by method and first segment of the path.
 * @param planted what the new version does worse; null for the old version
 * @param newRequestId makes an id that is never the same
 */
export function createOperations(
  planted: ReadonlySet<PlantedName> | null,
  newRequestId: () => string,
): Readonly<Record<string, Operation>> {
  const has = (name: PlantedName): boolean => planted?.has(name) ?? false;
  const newFactor = has("wrong-factors") ? factorTooShort : factorByWheel;
  const factor = planted === null ? factorByTrial : newFactor;
  return {
    "GET factor": { takes: 1, run: (number = 0) => ok({ number, factors: factor(number) }) },
    "GET gcd": {
      takes: 2,
      run: (a = 0, b = 0) => ok({ a, b, [has("renamed-field") ? "divisor" : "gcd"]: commonDivisor(a, b) }),
    },
    "GET primes": {
      takes: 1,
      run: (number = 0) =>
        ok({ number, prime: factorByWheel(number).length === 1 }, has("lost-header") ? {} : CACHE_FOR_A_DAY),
    },
    "GET roots": {
      takes: 1,
      run(number = 0) {
        const root = Math.sqrt(number);
        if (Number.isInteger(root)) return ok({ number, root });
        return { ...ok({ number, root: null }), status: has("wrong-status") ? 200 : 404 };
      },
    },
    "GET products": {
      takes: 2,
      run: (a = 0, b = 0) => ok({ a, b, product: has("number-as-text") ? String(a * b) : a * b }),
    },
    "GET shares": {
      takes: 2,
      run(part = 0, whole = 0) {
        const decimals = has("rounded-share") ? 3 : 9;
        return ok({ share: round(part / whole, decimals), percent: round((part / whole) * 100, decimals - 2) });
      },
    },
    "GET days": {
      takes: 1,
      run(number = 0) {
        if (number > LAST_DAY) return refusal(400, `only days from 1 to ${LAST_DAY}`);
        const begins = FIRST_DAY + number * DAY_MS - (has("wrong-zone") ? ZONE_MS : 0);
        return ok({ number, begins: new Date(begins).toISOString() });
      },
    },
    "GET divisors": {
      takes: 1,
      run(number = 0) {
        const found = divisors(number);
        return ok({ number, divisors: has("lost-order") ? found : found.toSorted((a, b) => a - b) });
      },
    },
    "GET cubes": {
      takes: 1,
      run: (number = 0) => ({ ...ok({ number, cube: number ** 3 }), delayMs: has("slow-cubes") ? SLOW_MS : 0 }),
    },
    "GET sums": { takes: 2, run: (a = 0, b = 0) => ok({ a, b, sum: a + b }) },
    // Its request id differs in every answer of every version: noise, which no verdict may be built on.
    "GET calculations": {
      takes: 1,
      run: (id = 0) => ok({ id, expression: `${id} * ${id}`, result: id * id, requestId: newRequestId() }),
    },
    "POST calculations": { takes: 0, run: () => ({ ...ok({ requestId: newRequestId() }), status: 201 }) },
  };
}

export function refusal(status: number, error: string): Answer {
  return { ...ok({ error }), status };
}

function ok(body: unknown, headers: Answer["headers"] = {}): Answer {
  return { status: 200, headers, body, delayMs: 0 };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function round(number: number, decimals: number): number {
  return Number(number.toFixed(decimals));
}

/** In the order in which they are found: each beside the one that makes the number with it. */
function divisors(number: number): readonly number[] {
  const found: number[] = [];
  for (let divisor = 1; divisor * divisor <= number; divisor += 1) {
    if (number % divisor === 0) found.push(...new Set([divisor, number / divisor]));
  }
  return found;
}
