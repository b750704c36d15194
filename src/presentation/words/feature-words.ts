import { formatCount } from "./number-format.ts";

const FORM_WORDS: Readonly<Record<string, string>> = {
  absent: "is missing",
  null: "is null",
  integer: "is an integer",
  fraction: "is a number with decimals",
  object: "is an object",
  array: "is an array",
  empty: "is empty",
  "number-text": "is a number as text",
  date: "is a date",
  uuid: "is a UUID",
  hex: "is hexadecimal",
  "e-mail": "is an e-mail address",
  token: "is a token",
  text: "is a text",
};
const SIGN_WORDS: Readonly<Record<string, string>> = { zero: "is zero", negative: "is negative" };
const CHANGE_WORDS: Readonly<Record<string, string>> = {
  higher: "is higher than the primary's",
  lower: "is lower than the primary's",
};
const DISTANCE_WORDS: Readonly<Record<string, string>> = {
  now: "is the present time",
  minute: "is up to a minute",
  hour: "is up to an hour",
  day: "is up to a day",
  month: "is up to a month",
  year: "is up to a year",
  far: "is more than a year",
};

/**
 * A feature of a value as a predicate: `is null`, `is "gold"`, `is more than a year in the past`, `has 16 to 31 characters`.
 * @param feature as the comparison counts it: a class and its argument, such as `form null` or `length 16`
 */
export function featureWords(feature: string): string {
  const at = feature.indexOf(" ");
  const [name, argument] = [feature.slice(0, at), feature.slice(at + 1)];
  switch (name) {
    case "form":
      return FORM_WORDS[argument] ?? feature;
    case "sign":
      return SIGN_WORDS[argument] ?? feature;
    case "change":
      return CHANGE_WORDS[argument] ?? feature;
    case "value":
      return argument === "other" ? "is none of the frequent values" : `is ${argument}`;
    case "time":
      return timeWords(argument);
    case "length":
      return rangeWords(Number(argument), "character");
    case "elements":
      return rangeWords(Number(argument), "element");
    case "size":
      return sizeWords(Number(argument));
    case "offset":
      return offsetWords(Number(argument));
    default:
      return feature;
  }
}

export interface CountedFeature {
  readonly words: string;
  /** Pairs in which only the candidate's, or only the secondary's, value has it. */
  readonly candidateOnly: number;
  readonly secondaryOnly: number;
}

/** A feature with its counts: `is null: 25 candidate only, 3 secondary only`. */
export function featureText({ words, candidateOnly, secondaryOnly }: CountedFeature): string {
  return `${words}: ${formatCount(candidateOnly)} candidate only, ${formatCount(secondaryOnly)} secondary only`;
}

function timeWords(argument: string): string {
  const [direction = "", distance = ""] = argument.split(" ");
  if (distance === "") return DISTANCE_WORDS[direction] ?? argument;
  return `${DISTANCE_WORDS[distance] ?? distance} in the ${direction}`;
}

/** @param power of ten: the lower edge of the class */
function sizeWords(power: number): string {
  return `has a size of ${edge(power)} to ${edge(power + 1)}`;
}

function edge(exponent: number): string {
  return exponent < 0 ? String(10 ** exponent) : formatCount(10 ** exponent);
}

/** A class of lengths begins at a power of two. */
function rangeWords(from: number, unit: string): string {
  const to = 2 * from - 1;
  if (to <= from) return `has ${from === 0 ? `no ${unit}s` : `1 ${unit}`}`;
  return `has ${formatCount(from)} to ${formatCount(to)} ${unit}s`;
}

/** @param power of ten: the lower edge of the class */
function offsetWords(power: number): string {
  return `is ${percent(power)} to ${percent(power + 1)} off the primary's`;
}

function percent(exponent: number): string {
  return `${Number((10 ** (exponent + 2)).toPrecision(1))}%`;
}
