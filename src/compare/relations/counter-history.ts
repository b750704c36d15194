import { ExactNumber } from "../tree/exact-number.ts";
import type { Json } from "../tree/json-tree.ts";

/** Requests that arrive within this time can reach a counter in any order. */
const MIN_DISTANCE_MS = 5;
/** Slow requests still overtake each other, so a counter may seem to go back in this share of its steps. */
const MAX_BACKWARD_SHARE = 0.1;

/** Whether the numbers of a field go up with time on both sides: each server has its own counter. */
export class CounterHistory {
  #last: { readonly at: number; readonly numbers: readonly [number, number] } | undefined;
  #forward = 0;
  #backward = 0;

  /**
   * @param at arrival of the request, Unix milliseconds; exchanges are seen in the order in which they complete
   * @returns whether both sides have counted upwards so far; false for the first pair, and for values that are no numbers
   */
  observe(at: number, left: Json, right: Json): boolean {
    const numbers = [toNumber(left), toNumber(right)] as const;
    if (numbers.some(Number.isNaN)) return false;
    const last = this.#last;
    if (last !== undefined && Math.abs(at - last.at) < MIN_DISTANCE_MS) return this.#isCounting;
    this.#last = { at, numbers };
    if (last === undefined) return false;
    for (const [side, number] of numbers.entries()) {
      const step = (number - (last.numbers[side] ?? 0)) * (at - last.at);
      if (step > 0) this.#forward += 1;
      if (step < 0) this.#backward += 1;
    }
    return this.#isCounting;
  }

  get #isCounting(): boolean {
    return this.#forward > 0 && this.#backward <= MAX_BACKWARD_SHARE * this.#forward;
  }
}

function toNumber(value: Json): number {
  if (typeof value === "number") return value;
  return value instanceof ExactNumber ? Number(value.source) : Number.NaN;
}
