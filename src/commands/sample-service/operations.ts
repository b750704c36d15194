import { factorByTrial, factorByWheel, factorTooShort } from "./factor.ts";
import type { PlantedName } from "../demo/planted-regressions.ts";

export interface SampleResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Delay before the response is sent, in milliseconds. */
  readonly delayMs: number;
}

interface Operation {
  /** The number of path parameters. */
  readonly parameters: number;
  /** @param numbers integers, 1 to 10^12 */
  readonly run: (...numbers: readonly number[]) => SampleResponse;
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

/**
 * The operations of the sample service, by method and first path segment.
 * @param planted the regressions of the new version; null for the old version
 * @param newRequestId generates unique ids
 */
export function createOperations(
  planted: ReadonlySet<PlantedName> | null,
  newRequestId: () => string,
): Readonly<Record<string, Operation>> {
  const has = (name: PlantedName): boolean => planted?.has(name) ?? false;
  const newFactor = has("wrong-factors") ? factorTooShort : factorByWheel;
  const factor = planted === null ? factorByTrial : newFactor;
  return {
    "GET factor": { parameters: 1, run: (number = 0) => ok({ number, factors: factor(number) }) },
    "GET gcd": {
      parameters: 2,
      run: (a = 0, b = 0) => ok({ a, b, [has("renamed-field") ? "divisor" : "gcd"]: commonDivisor(a, b) }),
    },
    "GET primes": {
      parameters: 1,
      run: (number = 0) =>
        ok({ number, prime: factorByWheel(number).length === 1 }, has("lost-header") ? {} : CACHE_FOR_A_DAY),
    },
    "GET roots": {
      parameters: 1,
      run(number = 0) {
        const root = Math.sqrt(number);
        if (Number.isInteger(root)) return ok({ number, root });
        return { ...ok({ number, root: null }), status: has("wrong-status") ? 200 : 404 };
      },
    },
    "GET products": {
      parameters: 2,
      run: (a = 0, b = 0) => ok({ a, b, product: has("number-as-text") ? String(a * b) : a * b }),
    },
    "GET shares": {
      parameters: 2,
      run(part = 0, whole = 0) {
        const decimals = has("rounded-share") ? 3 : 9;
        return ok({ share: round(part / whole, decimals), percent: round((part / whole) * 100, decimals - 2) });
      },
    },
    "GET days": {
      parameters: 1,
      run(number = 0) {
        if (number > LAST_DAY) return errorResponse(400, `only days from 1 to ${LAST_DAY}`);
        const begins = FIRST_DAY + number * DAY_MS - (has("wrong-zone") ? ZONE_MS : 0);
        return ok({ number, begins: new Date(begins).toISOString() });
      },
    },
    "GET divisors": {
      parameters: 1,
      run(number = 0) {
        const found = divisors(number);
        return ok({ number, divisors: has("lost-order") ? found : found.toSorted((a, b) => a - b) });
      },
    },
    "GET cubes": {
      parameters: 1,
      run: (number = 0) => ({
        ...ok({ number, cube: number ** 3 }),
        delayMs: CUBES_MS + (has("slow-cubes") ? SLOW_MS : 0),
      }),
    },
    "GET sums": { parameters: 2, run: (a = 0, b = 0) => ok({ a, b, sum: a + b }) },
    // The request id is different in every response of every version, so it is noise.
    "GET calculations": {
      parameters: 1,
      run: (id = 0) => ok({ id, expression: `${id} * ${id}`, result: id * id, requestId: newRequestId() }),
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
