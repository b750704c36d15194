import { toInstant } from "../relations/instant.ts";
import { ExactNumber } from "../tree/exact-number.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";
import { textForm } from "./text-form.ts";

/** What the features of a value depend on besides the value. */
export interface FeatureContext {
  /** Arrival of the request, Unix milliseconds. */
  readonly at: number;
  /** Whether the size of numbers says something: not in a counter, where it depends on the age of the process. */
  readonly hasSizes: boolean;
  /** The frequent values of the field with their JSON; undefined if it has none. */
  readonly frequent: ReadonlyMap<string | number, string> | undefined;
}

/** The features of one side: a set of a few short texts, for which a list is faster and smaller than a `Set`. */
export class FeatureList {
  readonly all: string[] = [];

  add(feature: string): this {
    if (!this.all.includes(feature)) this.all.push(feature);
    return this;
  }
}

const MINUTE_MS = 60_000;
/** Copies are sent together, and a response seldom takes longer. */
const NOW_MS = 5_000;
/** Classes of the distance of a time from now, by their upper limits. */
const DISTANCES: readonly (readonly [name: string, maxMs: number])[] = [
  ["minute", MINUTE_MS],
  ["hour", 60 * MINUTE_MS],
  ["day", 1_440 * MINUTE_MS],
  ["month", 30 * 1_440 * MINUTE_MS],
  ["year", 366 * 1_440 * MINUTE_MS],
  ["far", Infinity],
];
/** No smaller number is a Unix time. */
const FIRST_INSTANT = 999_999_999;
/** Relative distances from the primary's number below 10^-9 are one class: rounding of floats. */
const SMALLEST_OFFSET = -9;

/**
 * Adds the features of one value: what can be said about it without the value itself. `presentation/words/feature-words.ts` puts
 * them in words.
 * @param value undefined when the field is absent
 * @param primary the primary's value at the same position; equal to `value` when they do not differ
 */
export function addFeatures(
  features: FeatureList,
  value: Json | undefined,
  primary: Json | undefined,
  context: FeatureContext,
): void {
  if (value === undefined) features.add("form absent");
  else if (value === null) features.add("form null");
  else if (typeof value === "boolean") features.add(value ? "value true" : "value false");
  else if (typeof value === "string") addTextFeatures(features, value, primary, context);
  else if (typeof value === "number" || value instanceof ExactNumber) {
    addNumberFeatures(features, value, primary, context);
    if (typeof value === "number") addFrequentValue(features, value, context);
  } else if (Array.isArray(value)) features.add("form array").add(classOfLength("elements", value.length));
  else if (!(value instanceof Duplicates)) features.add("form object");
}

function addTextFeatures(
  features: FeatureList,
  text: string,
  primary: Json | undefined,
  context: FeatureContext,
): void {
  const instant = toInstant(text);
  const form = textForm(text, instant);
  features.add(TEXT_FORMS[form]);
  if (instant !== undefined) addDistance(features, instant.ms, context);
  else if (form === "number") addNumberFeatures(features, text, primary, context);
  else features.add(classOfLength("length", text.length));
  addFrequentValue(features, text, context);
}

const TEXT_FORMS = {
  empty: "form empty",
  number: "form number-text",
  date: "form date",
  uuid: "form uuid",
  hex: "form hex",
  "e-mail": "form e-mail",
  token: "form token",
  text: "form text",
} as const;

function addNumberFeatures(
  features: FeatureList,
  value: number | ExactNumber | string,
  primary: Json | undefined,
  context: FeatureContext,
): void {
  const number = toNumber(value) ?? 0;
  const instant = typeof value !== "string" && number > FIRST_INSTANT ? toInstant(value) : undefined;
  if (instant !== undefined) {
    addDistance(features, instant.ms, context);
    return;
  }
  if (typeof value !== "string") features.add(Number.isInteger(number) ? "form integer" : "form fraction");
  if (number === 0) features.add("sign zero");
  else if (number < 0) features.add("sign negative");
  const before = toNumber(primary);
  if (!context.hasSizes) return;
  if (number !== 0) features.add(`size ${powerOfTen(number)}`);
  if (before === undefined || before === number) return;
  const offset = Math.abs(number - before) / Math.max(Math.abs(number), Math.abs(before));
  features.add(number > before ? "change higher" : "change lower");
  features.add(`offset ${Math.max(SMALLEST_OFFSET, powerOfTen(Math.min(offset, 1)))}`);
}

/** @returns undefined for anything but a number or a text that spells one */
function toNumber(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof ExactNumber) return Number(value.source);
  return typeof value === "string" && textForm(value, undefined) === "number" ? Number(value) : undefined;
}

/** The largest power of ten that is at most the absolute value. */
function powerOfTen(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)));
}

function addDistance(features: FeatureList, ms: number, { at }: FeatureContext): void {
  const distance = ms - at;
  const away = Math.abs(distance);
  if (away <= NOW_MS) {
    features.add("time now");
    return;
  }
  const [name] = DISTANCES.find(([, maxMs]) => away <= maxMs) ?? FARTHEST;
  features.add(`time ${distance < 0 ? "past" : "future"} ${name}`);
}

const FARTHEST = ["far"] as const;

/** The names of the classes by power of two, made once. */
const CLASSES: Readonly<Record<"length" | "elements", (string | undefined)[]>> = { length: [], elements: [] };

/** A class for each power of two. */
export function classOfLength(name: "length" | "elements", length: number): string {
  const power = length === 0 ? 0 : 32 - Math.clz32(length);
  return (CLASSES[name][power] ??= `${name} ${length === 0 ? 0 : 2 ** (power - 1)}`);
}

function addFrequentValue(features: FeatureList, value: string | number, { frequent }: FeatureContext): void {
  if (frequent !== undefined) features.add(`value ${frequent.get(value) ?? "other"}`);
}
