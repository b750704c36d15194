import type { Condition } from "../../../model/explain/explanation.ts";

/** A test of one attribute, and the values that meet it. */
export interface ValueGroup {
  readonly test: Condition["test"];
  readonly value: Condition["value"];
  /** From a place of the column's values to before another one; all others, or those without any, for `not-equals` and `absent`. */
  readonly from: number;
  readonly to: number;
}
