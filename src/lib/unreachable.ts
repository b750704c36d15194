/** Call it after a switch over a union: the compiler then checks that every case is covered. */
export function unreachable(value: never): never {
  throw new Error(`impossible: ${JSON.stringify(value)}`);
}
