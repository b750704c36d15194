/**
 * Whether a text has the form of a pattern as a whole: `*` stands for any run of characters, and of several stars in a row
 * each does. Without backtracking, so the time is bounded by both lengths.
 * @param within a character that a single `*` does not run over; two stars do. Undefined: a star runs over everything
 */
export function matchesGlob(pattern: string, text: string, within?: string): boolean {
  const parts = pattern.match(/\*+|[^*]/gs) ?? [];
  /** Whether the parts up to an index can stand for what was read so far. */
  let reached = parts.map(() => false);
  reached.push(false);
  reached[0] = true;
  const passStars = (): void => {
    for (const [at, part] of parts.entries()) if (reached[at] === true && part.startsWith("*")) reached[at + 1] = true;
  };
  passStars();
  for (const char of text.split("")) {
    const next = parts.map(() => false);
    next.push(false);
    for (const [at, part] of parts.entries()) {
      if (reached[at] !== true) continue;
      if (!part.startsWith("*")) {
        if (part === char) next[at + 1] = true;
      } else if (char !== within || part.length > 1) next[at] = true;
    }
    reached = next;
    passStars();
  }
  return reached[parts.length] === true;
}
