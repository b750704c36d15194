import { factorByTrial, factorByWheel, factorTooShort } from "./factor.ts";
import type { PlantedName } from "./planted.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Answers a request; the target is in origin form, without a query. */
export type Calculator = (method: string, target: string) => Answer;

type Operation = (...numbers: readonly number[]) => Answer;

/** Beyond it, factoring takes longer than a demo has. */
const LARGEST = 1e12;
const CACHE_FOR_A_DAY = { "cache-control": "public, max-age=86400" };

/**
 * The sample service of the demo.
 * @param planted what the new version does worse; null for the old version
 * @param newRequestId makes an id that is never the same
 */
export function createCalculator(planted: ReadonlySet<PlantedName> | null, newRequestId: () => string): Calculator {
  const has = (name: PlantedName): boolean => planted?.has(name) ?? false;
  const newFactor = has("wrong-factors") ? factorTooShort : factorByWheel;
  const factor = planted === null ? factorByTrial : newFactor;
  const operations: Readonly<Record<string, { readonly takes: number; readonly run: Operation }>> = {
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
        return { status: has("wrong-status") ? 200 : 404, headers: {}, body: { number, root: null } };
      },
    },
    "GET sums": { takes: 2, run: (a = 0, b = 0) => ok({ a, b, sum: a + b }) },
    // Its request id differs in every answer of every version: noise, which no verdict may be built on.
    "GET calculations": {
      takes: 1,
      run: (id = 0) => ok({ id, expression: `${id} * ${id}`, result: id * id, requestId: newRequestId() }),
    },
    "POST calculations": { takes: 0, run: () => ({ status: 201, headers: {}, body: { requestId: newRequestId() } }) },
  };

  return (method, target) => {
    const [name = "", ...parameters] = target.slice(1).split("/");
    const key = `${method} ${name}`;
    const operation = Object.hasOwn(operations, key) ? operations[key] : undefined;
    if (operation === undefined || operation.takes !== parameters.length) return refusal(404, "no such operation");
    const numbers = parameters.map(Number);
    if (!numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= LARGEST)) {
      return refusal(400, `only whole numbers from 1 to ${LARGEST}`);
    }
    return operation.run(...numbers);
  };
}

function ok(body: unknown, headers: Answer["headers"] = {}): Answer {
  return { status: 200, headers, body };
}

function refusal(status: number, error: string): Answer {
  return { status, headers: {}, body: { error } };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
