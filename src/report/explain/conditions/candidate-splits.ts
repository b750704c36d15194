import type { AttributeRecord } from "../../../model/explain/attribute.ts";
import type { Condition } from "../../../model/explain/explanation.ts";
import { conditionWords } from "../../../presentation/words/condition-words.ts";
import { attributeColumns, type AttributeColumn } from "./attribute-columns.ts";
import { comparePreference } from "./condition-preference.ts";
import { valueGroups } from "./value-groups.ts";

/** A condition, with the records of an endpoint that meet it. */
export interface Split {
  readonly condition: Condition;
  /** How many values its attribute has: `one of 4 addresses`. */
  readonly values: number;
  /** Of its attribute. */
  readonly column: number;
  /** The records that meet it, ascending. */
  readonly members: Uint32Array;
  /** The records that may meet it, because their source was cut, ascending. */
  readonly unknown: Uint32Array;
}

/**
 * Everything that can be tested. Conditions that the same records meet say the same: the one that people can act on best
 * represents them, so that synonyms neither cost evidence nor fill a list.
 */
export function candidateSplits(records: readonly AttributeRecord[]): {
  readonly splits: readonly Split[];
  readonly attributes: number;
} {
  const columns = attributeColumns(records);
  const keys = recordKeys(records.length);
  const bySet = new Map<string, Split>();
  for (const [at, column] of columns.entries()) {
    for (const split of splitsOf(column, at)) {
      if (split.members.length + split.unknown.length >= records.length) continue;
      const set = `${setKey(split.members, keys)}|${setKey(split.unknown, keys)}`;
      const known = bySet.get(set);
      if (known === undefined || comparePreference(split.condition, known.condition) < 0) bySet.set(set, split);
    }
  }
  return { splits: [...bySet.values()], attributes: columns.length };
}

function splitsOf(column: AttributeColumn, at: number): readonly Split[] {
  const { source, name } = column;
  const unknown = Uint32Array.from(column.unknown);
  return valueGroups(column).map(({ test, value, members }) => ({
    condition: { source, name, test, value, words: conditionWords({ source, name, test, value }) },
    values: column.values.size,
    column: at,
    members: Uint32Array.from(members),
    unknown,
  }));
}

interface RecordKeys {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** Two numbers for each record that look random (Zobrist 1970): sets with equal sums are equal but for once in 2^64. */
function recordKeys(records: number): RecordKeys {
  const first = new Uint32Array(records);
  const second = new Uint32Array(records);
  let state = 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  for (let index = 0; index < records; index++) {
    first[index] = next();
    second[index] = next();
  }
  return { first, second };
}

function setKey(members: Uint32Array, { first, second }: RecordKeys): string {
  let [one, other] = [0, 0];
  for (const member of members) {
    one ^= first[member] ?? 0;
    other ^= second[member] ?? 0;
  }
  return `${members.length} ${one} ${other}`;
}
