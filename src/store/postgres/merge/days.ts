const MINUTES_PER_DAY = 1_440;
const MS_PER_DAY = 86_400_000;

/** The day of a minute; both since the Unix epoch. */
export function dayOfMinute(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY);
}

/** The day, since the Unix epoch, of a moment in Unix milliseconds. */
export function dayOf(ms: number): number {
  return Math.floor(ms / MS_PER_DAY);
}

/** The first minute of a day; both since the Unix epoch. */
export function firstMinuteOf(day: number): number {
  return day * MINUTES_PER_DAY;
}
