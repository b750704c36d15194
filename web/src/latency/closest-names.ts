/** Names without repetitions: first those that begin with a text, then those that contain it as written, then the others. */
export function closestNames(names: readonly string[], text: string): readonly string[] {
  const rank = (name: string): number => {
    if (name.startsWith(text)) return 0;
    return name.includes(text) ? 1 : 2;
  };
  return [...new Set(names)].toSorted((a, b) => rank(a) - rank(b));
}
