import { clientDetails, type PickNumber } from "./client-details.ts";

export interface DemoRequest {
  readonly method: "GET" | "POST";
  /** With a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A fixed seed makes every demo send the same requests. */
const SEED = 20_261_120;
/** One request in 50 is a POST, which is not mirrored. */
const POST_EVERY = 50;
/** Primes around 100,000. Trial division factors their squares in about a millisecond. */
const PRIMES: readonly number[] = [99_929, 99_961, 99_971, 99_989, 99_991, 100_003, 100_019, 100_043, 100_049, 100_057];
/** One factored number in four is the square of a prime. */
const SQUARE_EVERY = 4;
/** One number in three has an integer root. */
const WHOLE_ROOT_EVERY = 3;

/** The paths of the sample service, in equal numbers. */
const PATHS: readonly ((pick: PickNumber) => string)[] = [
  (pick) => `/factor/${numberToFactor(pick)}`,
  (pick) => `/gcd/${pick(1, 5000) * 12}/${pick(1, 5000) * 18}`,
  (pick) => `/primes/${pick(2, 100_000)}`,
  (pick) => `/roots/${pick(1, WHOLE_ROOT_EVERY) === 1 ? pick(2, 1000) ** 2 : pick(2, 1000) ** 2 + 1}`,
  (pick) => `/products/${pick(1, 10_000)}/${pick(1, 10_000)}`,
  // Dividing by a prime gives infinitely many decimals.
  (pick) => `/shares/${pick(1, 9_972)}/9973`,
  (pick) => `/days/${pick(1, 10_000)}`,
  // Multiples of six have at least four divisors.
  (pick) => `/divisors/${pick(1, 5_000) * 6}`,
  (pick) => `/cubes/${pick(1, 10_000)}`,
  (pick) => `/sums/${pick(1, 10_000)}/${pick(1, 10_000)}`,
  (pick) => `/calculations/${pick(1, 10_000)}`,
  // Of these numbers, no price in euros is whole.
  (pick) => `/prices/${pick(1, 400) * 25 + 1}`,
  (pick) => `/names/${pick(1, 10_000)}`,
  (pick) => `/accounts/${pick(1, 10_000)}`,
  (pick) => `/squares/${pick(1, 10_000)}`,
  // An even and an odd number have no whole average.
  (pick) => `/averages/${pick(1, 5_000) * 2}/${pick(1, 5_000) * 2 + 1}`,
  // Three times, because one response in 50 shows seldom.
  (pick) => `/powers/${pick(1, 10_000)}`,
  (pick) => `/powers/${pick(1, 10_000)}`,
  (pick) => `/powers/${pick(1, 10_000)}`,
];
/** The operations whose requests carry a query. */
const WITH_QUERY = ["/prices/", "/accounts/"];

/** The requests of a demo: all endpoints equally often, in shuffled order, always the same sequence. */
export function* demoRequests(total: number): Generator<DemoRequest> {
  const pick = createPick(SEED);
  let block: string[] = [];
  for (let index = 1; index <= total; index += 1) {
    const { headers, query } = clientDetails(pick);
    if (index % POST_EVERY === 0) {
      yield {
        method: "POST",
        path: "/calculations",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ expression: `${pick(1, 99)} + ${pick(1, 99)}` }),
      };
      continue;
    }
    if (block.length === 0)
      block = shuffled(
        PATHS.map((path) => path(pick)),
        pick,
      );
    const path = block.pop() ?? "/";
    const hasQuery = WITH_QUERY.some((prefix) => path.startsWith(prefix));
    yield { method: "GET", path: hasQuery ? path + query : path, headers, body: undefined };
  }
}

function numberToFactor(pick: PickNumber): number {
  const prime = PRIMES[pick(0, PRIMES.length - 1)] ?? 2;
  if (pick(1, SQUARE_EVERY) === 1) return prime ** 2;
  return prime * pick(2, 90_000);
}

/** Creates a generator of integers in a closed range, with mulberry32. */
function createPick(seed: number): PickNumber {
  let state = seed;
  return (from, to) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    return from + Math.floor(share * (to - from + 1));
  };
}

/** Shuffles in place (Fisher–Yates). */
function shuffled(items: string[], pick: PickNumber): string[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = pick(0, last);
    [items[last], items[other]] = [items[other] ?? "", items[last] ?? ""];
  }
  return items;
}
