import type { Attribute, AttributeRecord, AttributeSource } from "../../../model/explain/attribute.ts";
import { numberOf } from "./number-of.ts";

type AttributeValue = Attribute["value"];

/** The values of one attribute in the records of an endpoint. */
export interface AttributeColumn {
  readonly source: AttributeSource;
  readonly name: string;
  /** Numbers and what spells one in their order, then other texts in that of their code units, then all others. */
  readonly values: readonly AttributeValue[];
  /** How many of the values are numbers, and how many are numbers or texts. */
  readonly numbers: number;
  readonly texts: number;
  /** The records that have it, ascending, and the place of the value of each in `values`. */
  readonly holders: Uint32Array;
  readonly places: Uint32Array;
  /** The records that may have it, because their source was cut, ascending. */
  readonly unknown: Uint32Array;
}

interface OpenColumn {
  readonly source: AttributeSource;
  readonly name: string;
  /** Numbered as they come. */
  readonly values: Map<AttributeValue, number>;
  readonly holders: number[];
  readonly codes: number[];
}

/** More are not tested: clients choose the names of an endpoint that has more. */
const MAX_COLUMNS = 2_000;

/** The attributes of the records, by source and name. Of an attribute that a record has twice, the first counts. */
export function attributeColumns(records: readonly AttributeRecord[]): readonly AttributeColumn[] {
  const open: OpenColumn[] = [];
  const bySource = new Map<AttributeSource, Map<string, OpenColumn>>();
  for (const [index, { attributes }] of records.entries()) {
    for (const { source, name, value } of attributes) {
      let byName = bySource.get(source);
      if (byName === undefined) bySource.set(source, (byName = new Map()));
      let column = byName.get(name);
      if (column === undefined) {
        if (open.length >= MAX_COLUMNS) continue;
        column = { source, name, values: new Map(), holders: [], codes: [] };
        byName.set(name, column);
        open.push(column);
      }
      if (column.holders.at(-1) === index) continue;
      let code = column.values.get(value);
      if (code === undefined) column.values.set(value, (code = column.values.size));
      column.holders.push(index);
      column.codes.push(code);
    }
  }
  const cut = recordsBySource(records);
  return open.map((column) => inOrder(column, cut.get(column.source) ?? []));
}

/** The records of which a source was cut, ascending. */
function recordsBySource(records: readonly AttributeRecord[]): ReadonlyMap<AttributeSource, readonly number[]> {
  const bySource = new Map<AttributeSource, number[]>();
  for (const [index, { cut }] of records.entries()) {
    for (const source of cut) {
      const known = bySource.get(source);
      if (known === undefined) bySource.set(source, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  }
  return bySource;
}

const NUMBER = 0;
const TEXT = 1;
const OTHER = 2;

function inOrder({ source, name, values, holders, codes }: OpenColumn, cut: readonly number[]): AttributeColumn {
  const sortable = [...values].map(([value, code]) => {
    const number = numberOf(value);
    const kind = number !== undefined ? NUMBER : typeof value === "string" ? TEXT : OTHER;
    return { value, code, number: number ?? 0, text: String(value), kind };
  });
  sortable.sort(
    (one, other) =>
      one.kind - other.kind ||
      one.number - other.number ||
      (one.text < other.text ? -1 : one.text > other.text ? 1 : 0),
  );
  const placeOf = new Uint32Array(sortable.length);
  for (const [place, { code }] of sortable.entries()) placeOf[code] = place;
  const having = cut.length === 0 ? undefined : new Set(holders);
  return {
    source,
    name,
    values: sortable.map(({ value }) => value),
    numbers: sortable.filter(({ kind }) => kind === NUMBER).length,
    texts: sortable.filter(({ kind }) => kind !== OTHER).length,
    holders: Uint32Array.from(holders),
    places: Uint32Array.from(codes, (code) => placeOf[code] ?? 0),
    unknown: having === undefined ? NO_RECORDS : Uint32Array.from(cut.filter((record) => !having.has(record))),
  };
}

const NO_RECORDS = new Uint32Array(0);
