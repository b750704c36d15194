/**
 * Prime factors, smallest first, each as often as it divides: by every number up to the root.
 * @param number a whole number from 2 to 2^53
 */
export function factorByTrial(number: number): readonly number[] {
  const factors: number[] = [];
  let rest = number;
  for (let divisor = 2; divisor * divisor <= rest; divisor += 1) rest = takeOut(divisor, rest, factors);
  return rest > 1 ? [...factors, rest] : factors;
}

/** The same, three times as fast: primes beyond 3 lie beside multiples of 6. */
export function factorByWheel(number: number): readonly number[] {
  return wheel(number, (divisor, rest) => divisor * divisor <= rest);
}

/** The fast one with the regression of the demo: it stops before the root, so the squares of some primes pass for primes. */
export function factorTooShort(number: number): readonly number[] {
  return wheel(number, (divisor, rest) => divisor * divisor < rest);
}

function wheel(number: number, goesOn: (divisor: number, rest: number) => boolean): readonly number[] {
  const factors: number[] = [];
  let rest = takeOut(3, takeOut(2, number, factors), factors);
  for (let divisor = 5; goesOn(divisor, rest); divisor += 6) {
    rest = takeOut(divisor, rest, factors);
    rest = takeOut(divisor + 2, rest, factors);
  }
  return rest > 1 ? [...factors, rest] : factors;
}

function takeOut(divisor: number, number: number, factors: number[]): number {
  let rest = number;
  while (rest % divisor === 0) {
    factors.push(divisor);
    rest /= divisor;
  }
  return rest;
}
