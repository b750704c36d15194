import type { Attribute, AttributeRecord, AttributeSource } from "../../../model/explain/attribute.ts";

export type AttributeValue = Attribute["value"];

/** The values of one attribute in the records of an endpoint. */
export interface AttributeColumn {
  readonly source: AttributeSource;
  readonly name: string;
  /** The records with each value, ascending. */
  readonly values: ReadonlyMap<AttributeValue, readonly number[]>;
  /** The records without it, ascending. */
  readonly absent: readonly number[];
  /** The records that may have it, because their source was cut. */
  readonly unknown: readonly number[];
}

interface OpenColumn {
  readonly source: AttributeSource;
  readonly name: string;
  readonly values: Map<AttributeValue, number[]>;
  /** Those that have it, ascending. */
  readonly holders: number[];
}

/** More are not tested: the names of an endpoint that has more are chosen by its clients. */
const MAX_COLUMNS = 2_000;

/** The attributes of the records, by source and name. Of an attribute that a record has twice, the first counts. */
export function attributeColumns(records: readonly AttributeRecord[]): readonly AttributeColumn[] {
  const open = new Map<string, OpenColumn>();
  for (const [index, { attributes }] of records.entries()) {
    for (const { source, name, value } of attributes) {
      const column = openColumn(open, source, name);
      if (column === undefined || column.holders.at(-1) === index) continue;
      column.holders.push(index);
      const holders = column.values.get(value);
      if (holders === undefined) column.values.set(value, [index]);
      else holders.push(index);
    }
  }
  const cut = recordsBySource(records);
  return [...open.values()].map(({ holders, ...column }) => withoutIt(column, holders, records.length, cut));
}

function openColumn(open: Map<string, OpenColumn>, source: AttributeSource, name: string): OpenColumn | undefined {
  const key = `${source}\n${name}`;
  const known = open.get(key);
  if (known !== undefined || open.size >= MAX_COLUMNS) return known;
  const column = { source, name, values: new Map(), holders: [] };
  open.set(key, column);
  return column;
}

function recordsBySource(records: readonly AttributeRecord[]): ReadonlyMap<AttributeSource, ReadonlySet<number>> {
  const bySource = new Map<AttributeSource, Set<number>>();
  for (const [index, { cut }] of records.entries()) {
    for (const source of cut) {
      const known = bySource.get(source);
      if (known === undefined) bySource.set(source, new Set([index]));
      else known.add(index);
    }
  }
  return bySource;
}

function withoutIt(
  column: Omit<AttributeColumn, "absent" | "unknown">,
  holders: readonly number[],
  records: number,
  cut: ReadonlyMap<AttributeSource, ReadonlySet<number>>,
): AttributeColumn {
  const ofSource = cut.get(column.source);
  const absent: number[] = [];
  const unknown: number[] = [];
  let next = 0;
  for (let index = 0; index < records; index++) {
    if (holders[next] === index) next++;
    else if (ofSource?.has(index) === true) unknown.push(index);
    else absent.push(index);
  }
  return { ...column, absent, unknown };
}
