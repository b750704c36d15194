const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** RFC 6265 §5.1.1: any character that separates the parts of a date. */
// oxlint-disable-next-line no-control-regex
const DELIMITERS = /[\t\u0020-\u002f\u003b-\u0040\u005b-\u0060\u007b-\u007e]+/;

/**
 * Parses a date as user agents do for cookies (RFC 6265 §5.1.1). The three forms of an HTTP date (RFC 9110 §5.6.7) are dates of
 * this kind.
 * @returns Unix milliseconds; undefined for a text that is no date
 */
export function parseCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let [day, month, year]: (number | undefined)[] = [];
  for (const part of text.split(DELIMITERS)) {
    const clock = time === undefined ? /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(part) : null;
    const name = MONTHS.indexOf(part.slice(0, 3).toLowerCase());
    if (clock !== null) time = clock.slice(1).map(Number);
    else if (day === undefined && /^\d{1,2}(?:\D|$)/.test(part)) day = Number.parseInt(part, 10);
    else if (month === undefined && name !== -1) month = name;
    else if (year === undefined && /^\d{2,4}(?:\D|$)/.test(part)) year = fullYear(Number.parseInt(part, 10));
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (day < 1 || year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  return new Date(ms).getUTCDate() === day ? ms : undefined;
}

function fullYear(year: number): number {
  if (year > 99) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}
