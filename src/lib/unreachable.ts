/** Stands behind a switch that covers every case; the compiler checks that it does. */
export function unreachable(value: never): never {
  throw new Error(`impossible: ${JSON.stringify(value)}`);
}
