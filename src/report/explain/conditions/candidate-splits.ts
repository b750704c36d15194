import type { AttributeRecord } from "../../../model/explain/attribute.ts";
import type { Condition } from "../../../model/explain/explanation.ts";
import { attributeColumns, type AttributeColumn } from "./attribute-columns.ts";
import { comparePreference } from "./condition-preference.ts";
import type { ValueGroup } from "./value-group.ts";
import { valueGroups } from "./value-groups.ts";

/** A condition of one attribute, and the values that meet it. */
export interface Split extends Pick<ValueGroup, "from" | "to"> {
  readonly condition: Omit<Condition, "words">;
  readonly column: AttributeColumn;
  /** The same records meet these, too: the best of them by how people can act on them. */
  readonly synonyms: readonly Split[];
}

/** The conditions of one attribute. */
export interface ColumnSplits {
  readonly column: AttributeColumn;
  readonly splits: readonly Split[];
}

/**
 * Everything that can be tested. Conditions that the same records meet say the same: the one that people can act on best
 * represents them, so that synonyms neither cost evidence nor fill a list.
 */
export function candidateSplits(records: readonly AttributeRecord[]): readonly ColumnSplits[] {
  const keys = recordKeys(records.length);
  const bySet = new Map<string, Split>();
  const columns = attributeColumns(records);
  for (const column of columns) addSplits(column, records.length, keys, bySet);
  const byColumn = new Map(columns.map((column) => [column, new Array<Split>()]));
  for (const split of bySet.values()) byColumn.get(split.column)?.push(split);
  return [...byColumn].map(([column, splits]) => ({ column, splits }));
}

/** Whether a test is met by the records without the values of its range, including those without any value. */
export function isComplement(test: Condition["test"]): boolean {
  return test === "absent" || test === "not-equals";
}

/** The records that meet a condition, ascending. */
export function membersOf({ column, condition, from, to }: Split, records: number): Uint32Array {
  const inRange = column.holders.filter((_, at) => {
    const place = column.places[at] ?? 0;
    return place >= from && place < to;
  });
  return isComplement(condition.test) ? allBut(records, [...inRange, ...column.unknown]) : inRange;
}

function allBut(records: number, others: readonly number[]): Uint32Array {
  const isOther = new Uint8Array(records);
  for (const record of others) isOther[record] = 1;
  const left = new Uint32Array(records);
  let count = 0;
  for (let record = 0; record < records; record++) if (isOther[record] === 0) left[count++] = record;
  return left.subarray(0, count);
}

function addSplits(column: AttributeColumn, records: number, keys: RecordKeys, bySet: Map<string, Split>): void {
  const { source, name, unknown } = column;
  const below = keysBelow(column, keys);
  const ofUnknown = keyOf(unknown, keys);
  for (const { test, value, from, to } of valueGroups(column)) {
    const [low, high] = [below[from] ?? NO_KEY, below[to] ?? NO_KEY];
    const isOther = isComplement(test);
    const size = isOther ? records - unknown.length - (high.size - low.size) : high.size - low.size;
    if (size === 0 || size + unknown.length >= records) continue;
    const own = { first: low.first ^ high.first, second: low.second ^ high.second };
    const first = isOther ? keys.all.first ^ own.first ^ ofUnknown.first : own.first;
    const second = isOther ? keys.all.second ^ own.second ^ ofUnknown.second : own.second;
    const set = `${size} ${first} ${second} ${unknown.length} ${ofUnknown.first}`;
    const split: Split = { condition: { source, name, test, value }, column, from, to, synonyms: [] };
    const known = bySet.get(set);
    if (known === undefined) bySet.set(set, split);
    else bySet.set(set, withSynonym(known, split));
  }
}

const MAX_SYNONYMS = 8;

function withSynonym({ synonyms, ...known }: Split, split: Split): Split {
  const [best = split, ...others] = [{ ...known, synonyms: [] }, split, ...synonyms].toSorted((one, other) =>
    comparePreference(one.condition, other.condition),
  );
  return { ...best, synonyms: others.slice(0, MAX_SYNONYMS) };
}

/** Names a set of records. */
interface SetKey {
  readonly size: number;
  readonly first: number;
  readonly second: number;
}

const NO_KEY: SetKey = { size: 0, first: 0, second: 0 };

interface RecordKeys {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly all: SetKey;
}

/** Two numbers for each record that look random (Zobrist 1970): sets with equal sums are equal but for once in 2^64. */
function recordKeys(records: number): RecordKeys {
  const first = new Int32Array(records);
  const second = new Int32Array(records);
  let state = 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  let [one, other] = [0, 0];
  for (let record = 0; record < records; record++) {
    one ^= first[record] = next();
    other ^= second[record] = next();
  }
  return { first, second, all: { size: records, first: one, second: other } };
}

function keyOf(members: Uint32Array, { first, second }: RecordKeys): SetKey {
  let [one, other] = [0, 0];
  for (const member of members) {
    one ^= first[member] ?? 0;
    other ^= second[member] ?? 0;
  }
  return { size: members.length, first: one, second: other };
}

/** The keys of the records with a value before each place. */
function keysBelow({ values, holders, places }: AttributeColumn, { first, second }: RecordKeys): readonly SetKey[] {
  const ofPlaces = values.map(() => ({ size: 0, first: 0, second: 0 }));
  for (const [at, holder] of holders.entries()) {
    const own = ofPlaces[places[at] ?? 0];
    if (own === undefined) continue;
    own.size += 1;
    own.first ^= first[holder] ?? 0;
    own.second ^= second[holder] ?? 0;
  }
  const below: SetKey[] = [NO_KEY];
  for (const own of ofPlaces) {
    const last = below.at(-1) ?? NO_KEY;
    below.push({
      size: last.size + own.size,
      first: last.first ^ own.first,
      second: last.second ^ own.second,
    });
  }
  return below;
}
