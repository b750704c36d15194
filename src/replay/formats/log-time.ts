const CLF = /^(\d{1,2})\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? ([+-])(\d\d)(\d\d)$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ISO_OFFSET_WITHOUT_COLON = /([+-]\d\d)(\d\d)$/;
const MS_PER_SECOND = 1000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/**
 * The time of a log line: `10/Oct/2026:13:55:36 -0700` (with fractions of a second if it has them) or ISO 8601.
 * @returns Unix milliseconds; undefined if it is no time
 */
export function logTime(text: string): number | undefined {
  const [, day, month = "", year, hour, minute, second, fraction = "0", sign, offsetHours, offsetMinutes] =
    CLF.exec(text) ?? [];
  if (sign === undefined) {
    const iso = Date.parse(text.replace(ISO_OFFSET_WITHOUT_COLON, "$1:$2"));
    return Number.isNaN(iso) ? undefined : iso;
  }
  const monthIndex = MONTHS.indexOf(month);
  if (monthIndex === -1) return undefined;
  const local = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  const offset = Number(offsetHours) * MINUTES_PER_HOUR + Number(offsetMinutes);
  const east = sign === "+" ? 1 : -1;
  return local + Number(`0.${fraction}`) * MS_PER_SECOND - east * offset * SECONDS_PER_MINUTE * MS_PER_SECOND;
}
