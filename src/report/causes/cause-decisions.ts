import { LRUCache } from "lru-cache";
import type { CauseState } from "../../model/report.ts";
import type { CauseField, Review } from "../../model/review.ts";
import { keptLook, lookKey, placeKey } from "./field-look.ts";
import { fieldKey } from "../judge/field-verdicts.ts";

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

  /** @param fields of `causeField` @param earlier what differences looked like in the run before, by `lookKey` */
  of(signature: string, fields: readonly CauseField[], earlier: ReadonlySet<string>): CauseDecision {
    const state = earlier.size > 0 && fields.every((field) => earlier.has(keptLook(field))) ? "known" : "new";
    if (this.#reviews.length === 0) return { state, review: null };
    const own = this.#reviews.find((review) => review.signature === signature) ?? null;
    const denied = fields.flatMap((field) => this.#denied.get(fieldKey(field)) ?? [])[0];
    if (denied !== undefined) return { state: "denied", review: own?.decision === "denied" ? own : denied };
    const accepted = fields.map((field) => this.#accepted.get(keptLook(field)));
    if (accepted.every((review) => review !== undefined)) {
      return { state: "accepted", review: accepted.find((review) => review === own) ?? accepted[0] ?? null };
    }
    const changed = fields.flatMap((field) => this.#acceptedPlaces.get(placeKey(field)) ?? [])[0];
    if (changed !== undefined) return { state: "changed", review: changed };
    return { state, review: own };
  }
}

/** Decisions that are kept, so that what depends on them is remembered while they are the same. */
const MAX_KEPT = 2_000;
const kept = new LRUCache<string, Decisions>({ max: MAX_KEPT });

/** What was decided about one endpoint: the same object for the same reviews, of which the same are over. */
export function decisionsOf(reviews: readonly Review[], now: number): Decisions {
  const name = JSON.stringify(reviews.map((review) => [review, isOver(review, now)]));
  const known = kept.get(name);
  if (known !== undefined) return known;
  const decisions = new Decisions(reviews, now);
  kept.set(name, decisions);
  return decisions;
}

function isOver({ expiresAt }: Review, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}
