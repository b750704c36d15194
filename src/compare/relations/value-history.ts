import type { Relation } from "../../model/difference.ts";
import type { FieldKey } from "../field-difference.ts";
import { valueFingerprint, type Fingerprint } from "./value-fingerprint.ts";
import type { Json } from "../tree/json-tree.ts";

/** Exchanges in a row with one value of the primary make a stretch. */
const MIN_STRETCH = 3;
/** Stretches that are remembered: a candidate that is further behind is wrong. */
const MAX_STRETCHES = 4;
/** Values that stayed and went before a field counts as a state. */
const MIN_LONG_STRETCHES = 2;
/** At most this share of stretches may be short, or return to an earlier value: a state moves on. */
const MAX_EXCEPTIONS = 0.2;
/** Short stretches after which a field without long ones is no state … */
const MAX_SHORT_STRETCHES = 8;
/** … for so many differences: then it gets another chance. */
const RESTLESS_DIFFERENCES = 1_000;
/** Distinct differences that wait for the primary to show the candidate's value. */
const MAX_PENDING = 32;

/** A difference whose relation is known, possibly since a later exchange. */
export interface RelatedDifference extends FieldKey {
  readonly relation: Relation | null;
  /** Negative if an earlier count turned out wrong. */
  readonly count: number;
}

interface Stretch {
  readonly value: Fingerprint;
  /** 1 is the first stretch that was seen. */
  readonly number: number;
  count: number;
}

interface Pending {
  readonly field: FieldKey;
  /** What explains the difference if the value never comes. */
  readonly relation: Relation | null;
  readonly value: Fingerprint;
  /** The number of the primary's stretch at the first of these differences. */
  readonly since: number;
  /** The relation that was counted: `lagging` in advance if the candidate was ahead before. */
  readonly counted: Relation | null;
  count: number;
}

/**
 * The values that the primary shows at one field, in stretches: a state that every request sees, such as an exchange rate in a
 * cache. A candidate whose copy is refreshed at another moment has the same values a little earlier or later. The values of
 * single requests make no stretches, so another request's value is never excused.
 */
export class ValueHistory {
  readonly #stretches: Stretch[] = [];
  #number = 0;
  #long = 0;
  #exceptions = 0;
  /** Differences since the field became restless. */
  #skipped = 0;
  readonly #pending: Pending[] = [];
  /** The candidate had an earlier, or a later, value of the primary before. */
  #wasBehind = false;
  #wasAhead = false;
  /**
   * Relates one difference, and those that waited for a value of the primary.
   * @param relation what explains the difference otherwise
   */
  relate(field: FieldKey, primary: Json, candidate: Json, relation: Relation | null): readonly RelatedDifference[] {
    const own = { ...field, relation, count: 1 };
    if (this.#isRestless()) return [own];
    this.#observe(valueFingerprint(primary));
    const value = valueFingerprint(candidate);
    if (value === undefined) return [own];
    // What a state explains later is corrected then.
    const counted = this.#isState && this.#wasAhead ? "lagging" : relation;
    this.#await({ field, relation, counted, value });
    const settled = this.#settle();
    return settled.length === 0 ? [{ ...own, relation: counted }] : [{ ...own, relation: counted }, ...settled];
  }

  /** Whether the values of single requests were seen: most fields, which must not cost anything here. */
  #isRestless(): boolean {
    if (this.#exceptions <= MAX_SHORT_STRETCHES || this.#isState) return false;
    this.#pending.length = 0;
    this.#skipped += 1;
    if (this.#skipped < RESTLESS_DIFFERENCES) return true;
    this.#skipped = 0;
    this.#exceptions = 0;
    this.#long = 0;
    return false;
  }

  #observe(value: Fingerprint): void {
    const current = this.#stretches.at(-1);
    if (current !== undefined && current.value === value) {
      current.count += 1;
      return;
    }
    // Requests overtake each other where a value changes.
    if (this.#stretches.at(-2)?.value === value && (current?.count ?? 0) < MIN_STRETCH) return;
    const returns = this.#stretches.some((stretch) => stretch.value === value);
    if (current !== undefined && current.count >= MIN_STRETCH && !returns) this.#long += 1;
    else if (current !== undefined) this.#exceptions += 1;
    this.#number += 1;
    this.#stretches.push({ value, number: this.#number, count: 1 });
    if (this.#stretches.length > MAX_STRETCHES) this.#stretches.shift();
  }

  get #isState(): boolean {
    return this.#long >= MIN_LONG_STRETCHES && this.#exceptions <= MAX_EXCEPTIONS * (this.#long + this.#exceptions);
  }

  #await(difference: Omit<Pending, "since" | "count">): void {
    const { field, relation, counted, value } = difference;
    const known = this.#pending.find(
      (one) =>
        one.value === value && one.field.kind === field.kind && one.relation === relation && one.counted === counted,
    );
    if (known === undefined) this.#pending.push({ ...difference, since: this.#number, count: 1 });
    else known.count += 1;
  }

  #settle(): readonly RelatedDifference[] {
    const settled: RelatedDifference[] = [];
    const waiting: Pending[] = [];
    for (const pending of this.#pending) {
      if (this.#isState && this.#explains(pending)) settled.push(...correct(pending, "lagging"));
      else if (this.#number - pending.since >= MAX_STRETCHES) settled.push(...correct(pending, pending.relation));
      else waiting.push(pending);
    }
    for (const pending of waiting.splice(0, waiting.length - MAX_PENDING))
      settled.push(...correct(pending, pending.relation));
    this.#pending.splice(0, this.#pending.length, ...waiting);
    return settled;
  }

  /** Whether the primary shows the value, or may have shown it before its first stretch here. */
  #explains({ value, since }: Pending): boolean {
    const stretch = this.#stretches.find((one) => one.count >= MIN_STRETCH && one.value === value);
    if (stretch === undefined) return since === 1 && this.#wasBehind;
    if (stretch.number > since) this.#wasAhead = true;
    else this.#wasBehind = true;
    return true;
  }
}

function correct({ field, counted, count }: Pending, relation: Relation | null): readonly RelatedDifference[] {
  if (counted === relation) return [];
  return [
    { ...field, relation: counted, count: -count },
    { ...field, relation, count },
  ];
}
