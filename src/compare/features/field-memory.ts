import type { Json } from "../tree/json-tree.ts";
import type { Role } from "../../model/capture.ts";
import type { RoleValues } from "../field-difference.ts";
import { valueFingerprint, type Fingerprint } from "../relations/value-fingerprint.ts";
import { NumberSeries } from "./number-series.ts";

/** Exchanges before features are counted: until then it is unknown whether values stay, count up or repeat. */
const WARM_UP = 16;
/** After this many exchanges, a memory learns from one in eight only: it knows the field. */
const LEARNS_UNTIL = 256;
const LEARNS_EVERY = 8;
/** Frequent values per field. */
const MAX_VALUES = 8;
/** A value is frequent once it was seen this often. */
const MIN_SIGHTINGS = 5;
/** Values that are offered: showing one is decided by masking, which costs more than counting. */
const MAX_OFFERED = 32;
/** Word-like, or a small number: never long enough for a credential, never mixed like a random token. */
const SHOWABLE = /^(?:[A-Za-z][A-Za-z _.-]{0,15}|[A-Za-z]{1,12}[-_ ]?\d{1,3}|-?\d{1,6})$/;
const MAX_SHOWABLE_CHARS = 16;
/** A role whose value is its previous one in this share of exchanges keeps it: an instance's name, or a cache. */
const STAYING_SHARE = 0.9;
/** The weight of the newest observation: about the last 64 count. */
const NEWEST = 1 / 64;

/** A short value of the primary. */
interface Sighting {
  readonly value: string | number;
  readonly spelled: string;
  count: number;
}

/**
 * What a compare thread remembers about the values of one field that differs between the roles. It learns from the primary, or
 * from all roles alike, so that what it knows favors neither candidate nor secondary.
 */
export class FieldMemory {
  #seen = 0;
  /** Exchanges that it learned from. */
  #learned = 0;
  readonly #last: Record<Role, Fingerprint> = { primary: undefined, candidate: undefined, secondary: undefined };
  /** The share of exchanges in which each role's value was its previous one. */
  readonly #staying: Record<Role, number> = { primary: 0, candidate: 0, secondary: 0 };
  readonly #numbers = new NumberSeries();
  readonly #sightings = new Map<string | number, Sighting>();
  #offered = 0;
  #frequentSightings = 0;
  readonly #frequent = new Map<string | number, string>();

  /** @param canShow whether a value of the primary passes redaction unchanged; called a bounded number of times */
  observe(values: RoleValues, canShow: () => boolean): void {
    this.#seen += 1;
    if (this.#seen > LEARNS_UNTIL && this.#seen % LEARNS_EVERY !== 0) return;
    const weight = Math.max(NEWEST, 1 / this.#seen);
    this.#learned += 1;
    for (const role of ROLES) {
      const value = valueFingerprint(values[role]);
      const stays = value !== undefined && value === this.#last[role];
      this.#staying[role] += weight * (Number(stays) - this.#staying[role]);
      this.#last[role] = value;
    }
    this.#numbers.add(values);
    this.#observeFrequent(values.primary, canShow);
  }

  /** Whether the features of this field can be compared exchange by exchange. */
  get isComparable(): boolean {
    const { primary, candidate, secondary } = this.#staying;
    return this.#seen > WARM_UP && (primary < STAYING_SHARE || Math.max(candidate, secondary) < STAYING_SHARE);
  }

  /** Whether sizes of numbers can be compared: not of counters and gauges, which depend on the age of a process. */
  get hasSizes(): boolean {
    return this.#numbers.isIndependent;
  }

  /** The frequent values with their JSON, if they are most of the primary's values; undefined otherwise. */
  get frequent(): ReadonlyMap<string | number, string> | undefined {
    return this.#frequent.size > 0 && this.#frequentSightings >= this.#learned / 2 ? this.#frequent : undefined;
  }

  #observeFrequent(value: Json | undefined, canShow: () => boolean): void {
    if (typeof value !== "string" && typeof value !== "number") return;
    if (typeof value === "string" && value.length > MAX_SHOWABLE_CHARS) return;
    const sighting = this.#sightings.get(value) ?? this.#learn(value, canShow);
    if (sighting === undefined) return;
    sighting.count += 1;
    this.#frequentSightings += 1;
    if (sighting.count === MIN_SIGHTINGS) this.#frequent.set(sighting.value, sighting.spelled);
  }

  #learn(value: string | number, canShow: () => boolean): Sighting | undefined {
    const isFull = this.#sightings.size >= MAX_VALUES || this.#offered >= MAX_OFFERED;
    if (isFull || !SHOWABLE.test(String(value))) return undefined;
    this.#offered += 1;
    if (!canShow()) return undefined;
    const spelled = spell(value);
    const sighting = { value: JSON.parse(spelled) as string | number, spelled, count: 0 };
    this.#sightings.set(sighting.value, sighting);
    return sighting;
  }
}

const ROLES = ["primary", "candidate", "secondary"] as const;

/** The JSON of a value, in memory of its own: V8 keeps a slice of a body as a reference to the body. */
function spell(value: string | number): string {
  return Buffer.from(JSON.stringify(value)).toString();
}
