/**
 * Whether a request with this draw belongs to the given share. Shares are nested for one draw: whoever is among 5 % is
 * among 10 %.
 * @param draw uniform in [0, 1), one per request
 * @param percent 0–100; both ends are exact
 */
export function isSampled(draw: number, percent: number): boolean {
  return draw < percent / 100;
}

/** Puts the items in random order (Fisher and Yates), in place. */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
