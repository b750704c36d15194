import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { toInstant } from "./instant.ts";
import type { Json } from "../tree/json-tree.ts";
import { relationOf } from "./value-relation.ts";

/** A field that differs at more positions has no relation, because not all of them are examined. */
const MAX_POSITIONS = 1_000;
/** Time zone offsets are multiples of 15 minutes, between −12 and +14 hours. */
const ZONE_STEP_MS = 15 * 60_000;
const MAX_ZONE_SHIFT_MS = 26 * 3_600_000;

/** The relation that all positions of one field in one exchange share. */
export class FieldRelation {
  #positions = 0;
  #relation: Relation | null = null;
  #firstMs: number | undefined;
  /** The shift of all positions so far; undefined when they differ. */
  #shiftMs: number | undefined;
  #distinctTimes = false;

  /** @param left undefined when the primary has no value */
  add(kind: DifferenceKind, left: Json | undefined, right: Json | undefined): void {
    this.#positions += 1;
    if (this.#positions > 1 && this.#relation === null) return;
    if (this.#positions > MAX_POSITIONS) {
      this.#relation = null;
      return;
    }
    const relation = relationOf(kind, left, right);
    if (relation === "both-times") this.#addTimes(left as Json, right as Json);
    if (this.#positions === 1) this.#relation = relation;
    else if (this.#relation !== relation) this.#relation = null;
  }

  /**
   * The relation of all positions. Times count as shifted, and not as unrelated readings of two clocks, when at least two
   * different times have the same distance, or when the distance of a single time is possible between two time zones.
   */
  get relation(): Relation | null {
    if (this.#relation !== "both-times" || this.#shiftMs === undefined) return this.#relation;
    const isZoneShift = this.#shiftMs % ZONE_STEP_MS === 0 && Math.abs(this.#shiftMs) <= MAX_ZONE_SHIFT_MS;
    return this.#distinctTimes || isZoneShift ? "time-shift" : "both-times";
  }

  #addTimes(left: Json, right: Json): void {
    const [a, b] = [toInstant(left), toInstant(right)];
    if (a === undefined || b === undefined) return;
    const shift = a.rest === b.rest ? b.ms - a.ms : undefined;
    if (this.#firstMs === undefined) {
      this.#firstMs = a.ms;
      this.#shiftMs = shift;
    } else {
      if (a.ms !== this.#firstMs) this.#distinctTimes = true;
      if (shift !== this.#shiftMs) this.#shiftMs = undefined;
    }
  }
}
