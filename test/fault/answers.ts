/** What the primary, and every version that is well, answers to a target: another text for each. */
export function bodyOf(target: string): string {
  return JSON.stringify({
    target,
    items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id} of ${target}` })),
  });
}
