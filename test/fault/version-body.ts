/** The body of the correct response to a target, which is different for each target. */
export function bodyOf(target: string): string {
  return JSON.stringify({
    target,
    items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id} of ${target}` })),
  });
}
