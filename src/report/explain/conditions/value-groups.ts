import type { AttributeColumn } from "./attribute-columns.ts";
import { sharedPrefixes } from "./shared-prefixes.ts";
import { thresholdsAt } from "./thresholds.ts";
import type { ValueGroup } from "./value-group.ts";

/** The most frequent values of an attribute that are tested, and the most frequent prefixes. */
const MAX_VALUES = 64;
const MAX_PREFIXES = 64;
/** The most thresholds. */
const MAX_THRESHOLDS = 16;
/** With fewer numbers, a threshold is the same as a value. */
const FEWEST_NUMBERS = 3;
/** An attribute is a number if nearly all of its values are. */
const MOSTLY = 0.9;
/** A group of fewer records explains nothing: chance would do it too often. */
const MIN_RECORDS = 4;

/** Everything that can be tested about one attribute: its values, groups of them, and whether there is one. */
export function valueGroups(column: AttributeColumn): readonly ValueGroup[] {
  const { values } = column;
  const below = recordsBelow(column);
  const size = ({ from, to }: ValueGroup): number => (below[to] ?? 0) - (below[from] ?? 0);
  const mostFrequent = (groups: readonly ValueGroup[], most: number): readonly ValueGroup[] => {
    const enough = groups.filter((group) => size(group) >= MIN_RECORDS);
    return enough.length <= most ? enough : enough.toSorted((one, other) => size(other) - size(one)).slice(0, most);
  };
  const frequent = mostFrequent(
    values.map((value, at) => ({ test: "equals", value, from: at, to: at + 1 })),
    MAX_VALUES,
  );
  return [
    ...frequent,
    ...frequent.map((group): ValueGroup => ({ ...group, test: "not-equals" })),
    { test: "absent", value: null, from: 0, to: values.length },
    { test: "present", value: null, from: 0, to: values.length },
    ...mostFrequent(prefixes(column), MAX_PREFIXES),
    ...thresholds(column, below),
  ];
}

/** How many records have a value before each place. */
function recordsBelow({ values, places }: AttributeColumn): Uint32Array {
  const below = new Uint32Array(values.length + 1);
  for (const place of places) below[place + 1] = (below[place + 1] ?? 0) + 1;
  for (let place = 1; place < below.length; place++) below[place] = (below[place] ?? 0) + (below[place - 1] ?? 0);
  return below;
}

function prefixes({ values, numbers, texts }: AttributeColumn): readonly ValueGroup[] {
  return sharedPrefixes(values.slice(numbers, texts).map(String)).map(({ prefix, from, to }) => ({
    test: "prefix",
    value: prefix,
    from: numbers + from,
    to: numbers + to,
  }));
}

/** Thresholds between the values of a number, at equal shares of its records. */
function thresholds(column: AttributeColumn, below: Uint32Array): readonly ValueGroup[] {
  const { numbers, holders } = column;
  const records = below[numbers] ?? 0;
  if (numbers < FEWEST_NUMBERS || records < MOSTLY * holders.length) return [];
  let next = 0;
  return thresholdsAt(column, (at) => {
    if (numbers > MAX_THRESHOLDS && (below[at] ?? 0) < next) return false;
    next = (below[at] ?? 0) + records / MAX_THRESHOLDS;
    return true;
  });
}
