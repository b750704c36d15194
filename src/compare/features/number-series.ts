import type { Json } from "../tree/json-tree.ts";
import type { RoleValues } from "../field-difference.ts";

/** Half the mean square of successive differences is the variance if numbers are independent (von Neumann 1941). */
const MIN_VON_NEUMANN = 0.5;
/** Numbers of two processes that are this much further apart than successive numbers of one belong to the processes. */
const MAX_APART = 4;

/** Whether the numbers of a field are independent draws, or continue in each process: a counter, an uptime, a gauge. */
export class NumberSeries {
  #count = 0;
  #mean = 0;
  /** Sums of squares: around the mean (Welford 1962), from one number of the primary to its next, and to the other roles. */
  #spread = 0;
  #steps = 0;
  #toCandidate = 0;
  #toSecondary = 0;
  #last = 0;

  add({ primary, candidate, secondary }: RoleValues): void {
    const number = toNumber(primary);
    if (number === undefined) return;
    this.#count += 1;
    if (this.#count > 1) this.#steps += (number - this.#last) ** 2;
    this.#last = number;
    const before = number - this.#mean;
    this.#mean += before / this.#count;
    this.#spread += before * (number - this.#mean);
    this.#toCandidate += ((toNumber(candidate) ?? number) - number) ** 2;
    this.#toSecondary += ((toNumber(secondary) ?? number) - number) ** 2;
  }

  get isIndependent(): boolean {
    const isSlow = this.#steps < 2 * MIN_VON_NEUMANN * this.#spread;
    return !isSlow && Math.min(this.#toCandidate, this.#toSecondary) <= MAX_APART * this.#steps;
  }
}

/** @returns undefined for anything but a number or a short text that spells one */
function toNumber(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  const number = typeof value === "string" && value !== "" && value.length <= 20 ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
