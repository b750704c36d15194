import type { PostgresSession } from "../connect/connection.ts";
import { toPostgresError } from "../connect/postgres-error.ts";

/** @returns rows as objects @throws {PostgresError} */
export async function selectRows<Row extends object>(
  session: PostgresSession,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await session.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw toPostgresError(error);
  }
}

/** @returns rows as arrays, which take less time and memory @throws {PostgresError} */
export async function selectColumns<Columns extends unknown[]>(
  session: PostgresSession,
  text: string,
  values: readonly unknown[] = [],
): Promise<Columns[]> {
  try {
    return (await session.query<Columns>({ text, values: [...values], rowMode: "array" })).rows;
  } catch (error) {
    throw toPostgresError(error);
  }
}

/** The conditions of a query, with the values of their parameters. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  /** @param condition of the parameter with this name */
  add(value: unknown, condition: (parameter: string) => string): void {
    this.addText(condition(this.parameter(value)));
  }

  addText(condition: string): void {
    this.#conditions.push(condition);
  }

  /** @returns the name of a parameter with this value */
  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  toString(): string {
    return this.#conditions.join(" AND ");
  }
}
