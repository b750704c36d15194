import type { Condition } from "../../../model/explain/explanation.ts";
import type { AttributeColumn, AttributeValue } from "./attribute-columns.ts";

/** Records that meet a test of one attribute. */
export interface ValueGroup {
  readonly test: Condition["test"];
  readonly value: AttributeValue;
  /** Ascending. */
  readonly members: readonly number[];
}

/** The most frequent values of an attribute that are tested, and the most prefixes and thresholds. */
const MAX_VALUES = 64;
const MAX_PREFIXES = 64;
const MAX_THRESHOLDS = 16;
/** A value of fewer records explains nothing: chance would do it too often. */
const MIN_RECORDS = 4;
/** An attribute is a number if nearly all of its values are. */
const MOSTLY = 0.9;

/** Everything that can be tested about one attribute: its values, groups of them, and whether there is one. */
export function valueGroups(column: AttributeColumn): readonly ValueGroup[] {
  const values = [...column.values].toSorted((one, other) => other[1].length - one[1].length);
  const groups: ValueGroup[] = values
    .slice(0, MAX_VALUES)
    .map(([value, members]) => ({ test: "equals", value, members }));
  groups.push({ test: "absent", value: null, members: column.absent });
  if (column.absent.length > 0) {
    const present = values.flatMap(([, members]) => members).toSorted((one, other) => one - other);
    groups.push({ test: "present", value: null, members: present });
  }
  groups.push(...thresholds(column), ...prefixes(column));
  return groups.filter(({ members }) => members.length >= MIN_RECORDS);
}

/** The number that a value is or spells, as in a query; undefined for others. */
export function numberOf(value: AttributeValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value)) return undefined;
  return Number(value);
}

/** Thresholds between the values of a number, at equal shares of its records. */
function thresholds({ values }: AttributeColumn): readonly ValueGroup[] {
  const byNumber = new Map<number, number[]>();
  let [numbers, all] = [0, 0];
  for (const [value, members] of values) {
    all += members.length;
    const number = numberOf(value);
    if (number === undefined) continue;
    numbers += members.length;
    const known = byNumber.get(number);
    if (known === undefined) byNumber.set(number, [...members]);
    else known.push(...members);
  }
  if (byNumber.size < 3 || numbers < MOSTLY * all) return [];
  const ascending = [...byNumber].toSorted((one, other) => one[0] - other[0]);
  const groups: ValueGroup[] = [];
  let [below, next] = [0, 0];
  // A threshold below the first value and above the second to last would be the same as a single value.
  for (const [at, [value, members]] of ascending.entries()) {
    below += members.length;
    if (at === ascending.length - 1) break;
    if (ascending.length > MAX_THRESHOLDS && below < next) continue;
    next = below + numbers / MAX_THRESHOLDS;
    groups.push({ test: "at-most", value, members: membersOf(ascending.slice(0, at + 1)) });
    groups.push({ test: "above", value, members: membersOf(ascending.slice(at + 1)) });
  }
  return groups;
}

/** Where a prefix can end: before a delimiter, behind it, and between letters and digits. */
const BORDER = /(?=[-_/.:;,=@+ |])|(?<=[-_/.:;,=@+ |])|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])/gi;
const LONGEST_PREFIX = 64;
const MAX_BORDERS = 8;

/** Prefixes that at least two values share up to a border. */
function prefixes({ values }: AttributeColumn): readonly ValueGroup[] {
  const shared = new Map<string, { values: number; records: number }>();
  for (const [value, { length }] of values) {
    if (typeof value !== "string") continue;
    for (const prefix of prefixesOf(value)) {
      const known = shared.get(prefix);
      if (known === undefined) shared.set(prefix, { values: 1, records: length });
      else {
        known.values += 1;
        known.records += length;
      }
    }
  }
  return [...shared]
    .filter(([, group]) => group.values > 1 && group.records >= MIN_RECORDS)
    .toSorted((one, other) => other[1].records - one[1].records)
    .slice(0, MAX_PREFIXES)
    .map(([prefix]) => ({ test: "prefix", value: prefix, members: withPrefix(values, prefix) }));
}

function withPrefix(values: AttributeColumn["values"], prefix: string): readonly number[] {
  const members: number[] = [];
  for (const [value, own] of values) if (typeof value === "string" && value.startsWith(prefix)) members.push(...own);
  return members.toSorted((one, other) => one - other);
}

function prefixesOf(value: string): readonly string[] {
  const start = value.slice(0, LONGEST_PREFIX);
  const found: string[] = [];
  for (const { index } of start.matchAll(BORDER)) {
    if (index > 0) found.push(start.slice(0, index));
    if (found.length === MAX_BORDERS) break;
  }
  // The value itself belongs to its own group: `de` is one of `de*`.
  if (start === value && value !== "") found.push(value);
  return found;
}

function membersOf(entries: readonly (readonly [number, readonly number[]])[]): readonly number[] {
  return entries.flatMap(([, members]) => members).toSorted((one, other) => one - other);
}
