import type { CauseState } from "../model/report.ts";
import type { CauseField, Review } from "../model/review.ts";
import { lookKey, placeKey } from "./field-look.ts";
import { fieldKey } from "./noise.ts";

export interface CauseDecision {
  readonly state: CauseState;
  readonly review: Review | null;
}

/**
 * What was decided about the causes of one endpoint. Decisions are about fields and what they look like, because the grouping
 * of the same fields may change from run to run, with the traffic that tells them apart:
 * - Denied is a cause with a field that was denied, at this place and of this kind, whatever it looks like now: it must not
 *   slip away by becoming worse.
 * - Accepted is a cause whose every field was accepted, looking as it does. So an accepted cause that loses a field stays
 *   accepted, and one that gains a field does not: nobody has agreed to that.
 * - Changed is one that is neither, with a field at a place where something was accepted.
 */
export class Decisions {
  readonly #reviews: readonly Review[];
  readonly #denied = new Map<string, Review>();
  readonly #accepted = new Map<string, Review>();
  readonly #acceptedPlaces = new Map<string, Review>();

  /** @param reviews of this endpoint @param now Unix milliseconds */
  constructor(reviews: readonly Review[], now: number) {
    this.#reviews = reviews;
    for (const review of reviews) {
      for (const field of review.fields) {
        if (review.decision === "denied") this.#denied.set(fieldKey(field), review);
        else if (!isOver(review, now)) {
          this.#accepted.set(lookKey(field), review);
          this.#acceptedPlaces.set(placeKey(field), review);
        }
      }
    }
  }

  /** Whether a field may not be hidden by any rule. @param key of `fieldKey` */
  isDenied(key: string): boolean {
    return this.#denied.has(key);
  }

  /** @param isKnown whether the run before had a field that looks like this */
  of(
    cause: { readonly signature: string; readonly fields: readonly CauseField[] },
    isKnown: (look: string) => boolean,
  ): CauseDecision {
    const { signature, fields } = cause;
    const own = this.#reviews.find((review) => review.signature === signature) ?? null;
    const denied = fields.flatMap((field) => this.#denied.get(fieldKey(field)) ?? [])[0];
    if (denied !== undefined) return { state: "denied", review: own?.decision === "denied" ? own : denied };
    const accepted = fields.map((field) => this.#accepted.get(lookKey(field)));
    if (accepted.every((review) => review !== undefined)) {
      return { state: "accepted", review: accepted.find((review) => review === own) ?? accepted[0] ?? null };
    }
    const changed = fields.flatMap((field) => this.#acceptedPlaces.get(placeKey(field)) ?? [])[0];
    if (changed !== undefined) return { state: "changed", review: changed };
    return { state: fields.every((field) => isKnown(lookKey(field))) ? "known" : "new", review: own };
  }
}

function isOver({ expiresAt }: Review, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}
