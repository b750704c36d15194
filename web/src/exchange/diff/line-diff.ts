/** A run of lines that both texts share, or that stands in one of them only. Ends are exclusive, lines count from 0. */
export interface Hunk {
  readonly same: boolean;
  readonly leftFrom: number;
  readonly leftTo: number;
  readonly rightFrom: number;
  readonly rightTo: number;
}

/** Beyond this many edits the middle is shown as replaced: the search costs their square in time and memory. */
const MAX_EDITS = 1_000;

/** The pairs of equal lines of a shortest edit script, or undefined when it is longer than MAX_EDITS. */
function matchedPairs(left: readonly string[], right: readonly string[]): [number, number][] | undefined {
  // Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy forward search.
  const [n, m] = [left.length, right.length];
  const furthest = new Map<number, number>([[1, 0]]);
  const history: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(n + m, MAX_EDITS); d += 1) {
    history.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && left[x] === right[x - k]) x += 1;
      furthest.set(k, x);
      if (x >= n && x - k >= m) return walkBack(history, n, m);
    }
  }
  return undefined;
}

function walkBack(history: readonly Map<number, number>[], n: number, m: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [n, m];
  for (let d = history.length - 1; d >= 0; d -= 1) {
    const furthest = history[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const before = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : (furthest.get(before) ?? 0);
    const fromY = d === 0 ? 0 : fromX - before;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    [x, y] = [fromX, fromY];
  }
  return pairs.toReversed();
}

/** Which lines of two texts belong together. */
export function lineDiff(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(left.length, right.length) - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  const middle = matchedPairs(left.slice(head, left.length - tail), right.slice(head, right.length - tail)) ?? [];
  const pairs: [number, number][] = [
    ...Array.from({ length: head }, (_, index): [number, number] => [index, index]),
    ...middle.map(([x, y]): [number, number] => [x + head, y + head]),
    ...Array.from({ length: tail }, (_, i): [number, number] => [left.length - tail + i, right.length - tail + i]),
  ];

  const hunks: Hunk[] = [];
  let [x, y, start] = [0, 0, 0];
  const flush = (to: number): void => {
    const length = to - start;
    if (length > 0) hunks.push({ same: true, leftFrom: x - length, leftTo: x, rightFrom: y - length, rightTo: y });
    start = to;
  };
  for (const [index, [toX, toY]] of [...pairs, [left.length, right.length] as const].entries()) {
    if (toX > x || toY > y) {
      flush(index);
      hunks.push({ same: false, leftFrom: x, leftTo: toX, rightFrom: y, rightTo: toY });
    }
    if (index === pairs.length) flush(index);
    [x, y] = [toX + 1, toY + 1];
  }
  return hunks;
}
