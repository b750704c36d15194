/** Whether the cause shows with the kept parts; `ended` if no more probes may be sent. */
export type Trial = "shows" | "gone" | "ended";

interface Minimized<Part> {
  /** The parts that are left, in their order. */
  readonly kept: readonly Part[];
  /** False if the probes ended before every part was tried. */
  readonly isMinimal: boolean;
}

/**
 * Leaves out as many parts as possible: `ddmin` (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002)
 * with complements only, which leads to the same guarantee in fewer trials (Hodován and Kiss, Practical Improvements to the
 * Minimizing Delta Debugging Algorithm, 2016). The result is 1-minimal: without any single part of it, the cause is gone.
 * @param groups all parts, those together that are left out together first; with all of them, the cause shows
 * @param tryWith remembers what it has tried: the same parts are tried again
 */
export async function minimizeParts<Part>(
  groups: readonly (readonly Part[])[],
  tryWith: (kept: readonly Part[]) => Promise<Trial>,
): Promise<Minimized<Part>> {
  let chunks: readonly (readonly Part[])[] = groups.filter((group) => group.length > 0);
  for (;;) {
    const left = await leaveOut(chunks, tryWith);
    if (left.isEnded) return { kept: left.chunks.flat(), isMinimal: false };
    const isFinest = left.chunks.every(({ length }) => length === 1);
    const isReduced = left.chunks.length < chunks.length;
    chunks = left.chunks;
    if (chunks.length === 0 || (isFinest && !isReduced)) return { kept: chunks.flat(), isMinimal: true };
    if (!isFinest) chunks = chunks.flatMap(halves);
  }
}

/** Tries to leave out each chunk once, after those that could be left out before. */
async function leaveOut<Part>(
  all: readonly (readonly Part[])[],
  tryWith: (kept: readonly Part[]) => Promise<Trial>,
): Promise<{ readonly chunks: readonly (readonly Part[])[]; readonly isEnded: boolean }> {
  let chunks = all;
  for (const chunk of all) {
    const others = chunks.filter((other) => other !== chunk);
    const trial = await tryWith(others.flat());
    if (trial === "ended") return { chunks, isEnded: true };
    if (trial === "shows") chunks = others;
  }
  return { chunks, isEnded: false };
}

function halves<Part>(chunk: readonly Part[]): readonly (readonly Part[])[] {
  if (chunk.length === 1) return [chunk];
  const middle = Math.ceil(chunk.length / 2);
  return [chunk.slice(0, middle), chunk.slice(middle)];
}
