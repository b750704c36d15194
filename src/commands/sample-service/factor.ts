/**
 * Prime factors with multiplicity, in ascending order, by trial division up to the square root.
 * @param number an integer from 2 to 2^53
 */
export function factorByTrial(number: number): readonly number[] {
  const factors: number[] = [];
  let rest = number;
  for (let divisor = 2; divisor * divisor <= rest; divisor += 1) rest = divideOut(divisor, rest, factors);
  return rest > 1 ? [...factors, rest] : factors;
}

/** The same, three times as fast: primes above 3 are next to multiples of 6. */
export function factorByWheel(number: number): readonly number[] {
  return wheel(number, (divisor, rest) => divisor * divisor <= rest);
}

/** The fast one with the planted regression: it stops before the square root and reports the squares of some primes as primes. */
export function factorTooShort(number: number): readonly number[] {
  return wheel(number, (divisor, rest) => divisor * divisor < rest);
}

function wheel(number: number, continues: (divisor: number, rest: number) => boolean): readonly number[] {
  const factors: number[] = [];
  let rest = divideOut(3, divideOut(2, number, factors), factors);
  for (let divisor = 5; continues(divisor, rest); divisor += 6) {
    rest = divideOut(divisor, rest, factors);
    rest = divideOut(divisor + 2, rest, factors);
  }
  return rest > 1 ? [...factors, rest] : factors;
}

function divideOut(divisor: number, number: number, factors: number[]): number {
  let rest = number;
  while (rest % divisor === 0) {
    factors.push(divisor);
    rest /= divisor;
  }
  return rest;
}
