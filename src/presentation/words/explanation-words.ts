import type { Condition, ConditionCount } from "../../model/explain/explanation.ts";
import type { Mark } from "../../model/explain/mark.ts";
import { formatCount, formatPlural, formatShare, formatTime } from "./number-format.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** `?currency=EUR: 412 of 415 differ; all others: 0 of 8,210.` */
export function findingSentence({
  join,
  conditions,
  values,
  with: met,
  without,
  isExact,
}: {
  readonly join: "and" | "or";
  readonly conditions: readonly Condition[];
  /** How many values the attribute of each condition has. */
  readonly values: readonly number[];
  readonly with: ConditionCount;
  readonly without: ConditionCount;
  readonly isExact: boolean;
}): string {
  const isOnly = without.count === 0;
  const parts = conditions.map((condition, at) =>
    partOf(condition, values[at] ?? 0, isOnly && conditions.length === 1),
  );
  const moments = conditions.flatMap(({ source, words }) => (source === "time" ? [words] : []));
  const where = [parts.filter((part) => !moments.includes(part)).join(` ${join} `), ...moments].join(" ");
  const [own, others] = [met, without].map(
    (count) => `${isExact || count.count === 0 ? "" : "about "}${countOf(count)}`,
  );
  return `${capital(where)}: ${own ?? ""} differ; all others: ${others ?? ""}.`;
}

function partOf({ source, test, value, words }: Condition, values: number, isOnly: boolean): string {
  if (source !== "address" || test !== "equals" || values < 2) return words;
  return `${isOnly ? "only " : ""}from ${String(value)}, one of ${formatCount(values)} addresses`;
}

/** Values are not changed: only words begin with a capital. */
function capital(text: string): string {
  return /^(only|from|since|not|no|any) /.test(text) ? `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}` : text;
}

function countOf({ count, compared }: ConditionCount): string {
  return `${formatCount(count)} of ${formatCount(compared)}`;
}

/** `since 14:32:07 UTC, one minute after v2 restarted` */
function sinceWords(at: number, mark: Mark | null, rangeMs: number): string {
  const since = `since ${timeOfDay(at, rangeMs)}`;
  return mark === null ? since : `${since}, ${intervalWords(at - mark.at)} ${mark.text}`;
}

/** The time of day, with its date if the range is longer than a day. */
function timeOfDay(at: number, rangeMs: number): string {
  return rangeMs > DAY_MS ? formatTime(at) : formatTime(at).slice("2026-11-20 ".length);
}

function intervalWords(ms: number): string {
  if (ms < 1_000) return "right after";
  if (ms < MINUTE_MS - 500) return `${formatPlural(Math.round(ms / 1_000), "second")} after`;
  const minutes = Math.round(ms / MINUTE_MS);
  return minutes === 1 ? "one minute after" : `${formatCount(minutes)} minutes after`;
}

/** `Since 14:32:07 UTC, one minute after v2 restarted: 900 of 900 differ; before: 0 of 1,800.` */
export function changeSentence(
  change: {
    readonly at: number;
    readonly before: ConditionCount;
    readonly after: ConditionCount;
    readonly mark: Mark | null;
  },
  rangeMs: number,
): string {
  const { at, before, after, mark } = change;
  return `${capital(sinceWords(at, mark, rangeMs))}: ${countOf(after)} differ; before: ${countOf(before)}.`;
}

/** `All 1,204 exchanges differ.` */
export function alwaysSentence({ count, compared }: ConditionCount): string {
  return count === compared
    ? `All ${formatPlural(count, "exchange")} differ.`
    : `Nearly all exchanges differ: ${countOf({ count, compared })}.`;
}

/** What is missing where a source was cut. */
const MISSING: Readonly<Record<string, string>> = {
  header: "headers",
  query: "query parameters",
  path: "path parameters",
  cookie: "cookies",
  claim: "claims",
  "request-body": "members of the request",
  "response-body": "members of the response",
};

/** `Spread evenly over 14 attributes: 302 of 10,000 exchanges (3.02%) at random. Look for a race.` */
export function evenSentence(
  attributes: number,
  total: ConditionCount,
  { cut, isBursty }: { readonly cut: readonly string[]; readonly isBursty: boolean },
): string {
  const share = formatShare(total.count / total.compared);
  if (cut.length > 0 || isBursty) {
    const missing = cut.map((source) => MISSING[source] ?? "attributes").join(" and ");
    const kept = formatPlural(attributes, "kept attribute");
    const how = isBursty ? ", in bursts" : "";
    const limit = cut.length > 0 ? ` Not all ${missing} were kept.` : "";
    return `No reason among ${kept}: ${share} of exchanges differ (${countOf(total)})${how}.${limit}`;
  }
  return `Spread evenly over ${formatPlural(attributes, "attribute")}: ${share} of exchanges at random (${countOf(total)}). Look for a race.`;
}

/**
 * `Too few exchanges to tell why: only 16 of 1,363 without the difference were kept.`
 * @param kept exchanges with the difference and without it that can be compared
 */
export function tooFewSentence(
  kept: { readonly cases: number; readonly controls: number },
  { count, compared }: ConditionCount,
): string {
  const isAboutCases = kept.cases < kept.controls;
  const [own, all] = isAboutCases ? [kept.cases, count] : [kept.controls, compared - count];
  const which = isAboutCases ? "with the difference" : "without the difference";
  const number =
    own < all ? `only ${formatCount(own)} of ${formatCount(all)} ${which} were kept` : `${formatCount(own)} ${which}`;
  return `Too few exchanges to tell why: ${number}.`;
}
