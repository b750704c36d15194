import type { DifferingField } from "../../model/difference.ts";
import { decodeFields, encodeFields } from "../packing/column-encoding.ts";

/**
 * How a column of a row is packed: as one number, or as the number of a text; `counts` as its size and the pairs of text and
 * number. A `level` is absent where it is 0.
 */
type ColumnType = "integer" | "level" | "text" | "flag" | "fields" | "counts";

/** The columns of a row in the order in which they are packed. */
export type Columns<Row> = readonly (readonly [keyof Row & string, ColumnType])[];

type Counts = ReadonlyMap<string, number>;

/** Packs rows into one list of numbers, which takes a fraction of the time and space of objects. */
export class RowPacker {
  readonly #numbers = new Map<string, number>();

  /** The texts that the packed rows refer to. */
  get texts(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  /** @throws RangeError if a number is not a safe integer: no later reader could count it */
  pack<Row extends object>(rows: readonly Row[], columns: Columns<Row>): number[] {
    const packed: number[] = [];
    for (const row of rows) for (const [name, type] of columns) this.#add(packed, type, row[name]);
    return packed;
  }

  /** The number of a text, which is stored once. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  #add(packed: number[], type: ColumnType, value: unknown): void {
    switch (type) {
      case "integer":
        packed.push(integer(value));
        return;
      case "level":
        packed.push(integer(value ?? 0));
        return;
      case "text":
        packed.push(this.numberOf(value as string));
        return;
      case "flag":
        packed.push(Number(value));
        return;
      case "fields":
        packed.push(this.numberOf(encodeFields(value as readonly DifferingField[])));
        return;
      case "counts":
        packed.push((value as Counts).size);
        for (const [text, count] of value as Counts) packed.push(this.numberOf(text), integer(count));
    }
  }
}

function integer(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new RangeError(`${String(value)} is not an integer that can be counted.`);
}

/** Unpacks rows that a `RowPacker` has packed. */
export function unpackRows<Row extends object>(
  packed: readonly number[],
  columns: Columns<Row>,
  texts: readonly string[],
): Row[] {
  const rows: Row[] = [];
  let at = 0;
  const next = (): number => packed[at++] ?? 0;
  const text = (): string => texts[next()] ?? "";
  const valueOf = (type: ColumnType): unknown => {
    if (type === "integer" || type === "level") return next();
    if (type === "text") return text();
    if (type === "flag") return next() === 1;
    if (type === "fields") return decodeFields(text());
    return new Map(Array.from({ length: next() }, () => [text(), next()] as const));
  };
  while (at < packed.length) {
    const row: Record<string, unknown> = {};
    for (const [name, type] of columns) {
      const value = valueOf(type);
      if (type !== "level" || value !== 0) row[name] = value;
    }
    rows.push(row as Row);
  }
  return rows;
}
