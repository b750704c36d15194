const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });
const ZONE = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** The zone of all local times: `Europe/Berlin`. */
export function timeZoneName(): string {
  return CLOCK.resolvedOptions().timeZone;
}

/** The reader's time zone at that time, `CET` or `UTC`: summer and winter differ. @param at Unix milliseconds */
export function zoneName(at: number): string {
  return ZONE.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** Local time of day with its zone, `14:03:27 CET`. @param at Unix milliseconds */
export function formatClock(at: number): string {
  return `${CLOCK.format(at)} ${zoneName(at)}`;
}

/** Local time of day, `14:03:27`, for axes and columns whose head names the zone (`zoneName`). @param at Unix milliseconds */
export function formatTimeOfDay(at: number): string {
  return CLOCK.format(at);
}

/** Local date and time with its zone, `2026-11-20 14:03:27 CET`. @param at Unix milliseconds */
export function formatDateTime(at: number): string {
  return `${formatDayTime(at)} ${zoneName(at)}`;
}

/** `2026-11-20 14:03:27`, for columns whose head names the zone (`zoneName`). @param at Unix milliseconds */
export function formatDayTime(at: number): string {
  return `${DAY.format(at)} ${CLOCK.format(at)}`;
}

/** A duration in its two largest units, `3 h 12 min`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
