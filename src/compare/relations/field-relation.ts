import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { instantOf } from "./instant.ts";
import type { Json } from "../tree/json-tree.ts";
import { relationOf } from "./value-relation.ts";

/** A field that differs in more places has no relation: what was not looked at is not claimed. */
const MAX_PLACES = 1_000;
/** Zones differ by quarters of an hour, by 14 hours at most to either side of Greenwich. */
const ZONE_STEP_MS = 15 * 60_000;
const ZONE_MOST_MS = 26 * 3_600_000;

/** What the places of one field in one exchange have in common. */
export class FieldRelation {
  #places = 0;
  #relation: Relation | null = null;
  #firstMs: number | undefined;
  /** The same in all places so far; undefined when it is not. */
  #shiftMs: number | undefined;
  #distinctTimes = false;

  /** @param left undefined where the primary has nothing */
  add(kind: DifferenceKind, left: Json | undefined, right: Json | undefined): void {
    this.#places += 1;
    if (this.#places > 1 && this.#relation === null) return;
    if (this.#places > MAX_PLACES) {
      this.#relation = null;
      return;
    }
    const relation = relationOf(kind, left, right);
    if (relation === "both-times") this.#addTimes(left as Json, right as Json);
    if (this.#places === 1) this.#relation = relation;
    else if (this.#relation !== relation) this.#relation = null;
  }

  /**
   * The relation that all places show. Two times are shifted, and not just read from two clocks, when at least two
   * different times are apart by the same amount, or a single one by what two zones may be.
   */
  get relation(): Relation | null {
    if (this.#relation !== "both-times" || this.#shiftMs === undefined) return this.#relation;
    const asZones = this.#shiftMs % ZONE_STEP_MS === 0 && Math.abs(this.#shiftMs) <= ZONE_MOST_MS;
    return this.#distinctTimes || asZones ? "time-shift" : "both-times";
  }

  #addTimes(left: Json, right: Json): void {
    const [a, b] = [instantOf(left), instantOf(right)];
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
