import { MAX_TIMER_MS } from "../defaults.ts";
import { describeValue } from "../values/value-type.ts";
import type { DocumentField } from "./document-field.ts";

/** @returns undefined if missing; numbers and booleans are errors, as in Kubernetes */
export function text(field: DocumentField | undefined): string | undefined {
  if (field === undefined || field.empty) return undefined;
  if (typeof field.scalar === "string") return field.scalar;
  field.skip().error(`${shownValue(field)} is not text`, "text; put numbers in quotes");
  return undefined;
}

export function texts(field: DocumentField | undefined): readonly string[] {
  return field?.items().flatMap((item) => text(item) ?? []) ?? [];
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean | undefined;
}

/** Reads a number, also from text with digits, like protobuf's JSON mapping. */
export function number(field: DocumentField | undefined, { min, max, whole = true }: NumberRange): number | undefined {
  if (field === undefined || field.empty) return undefined;
  const { scalar } = field;
  const value = typeof scalar === "string" && /^-?\d+(\.\d+)?$/.test(scalar.trim()) ? Number(scalar) : scalar;
  const allowed =
    max === Number.MAX_SAFE_INTEGER ? `${whole ? "a whole number" : "a number"} from ${min}` : `${min} to ${max}`;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    field.skip().error(`${shownValue(field)} is not a number`, allowed);
  } else if (value < min || value > max) {
    field.error(`${value} is ${value < min ? "below" : "above"} ${value < min ? min : max}`, allowed);
  } else if (whole && !Number.isInteger(value)) {
    field.error(`${value} is not a whole number`, allowed);
  } else {
    return value;
  }
  return undefined;
}

/** A TCP port. */
export function port(field: DocumentField | undefined): number | undefined {
  return number(field, { min: 1, max: 65_535 });
}

export function flag(field: DocumentField | undefined): boolean | undefined {
  if (field === undefined || field.empty) return undefined;
  if (typeof field.scalar === "boolean") return field.scalar;
  field.skip().error(`${shownValue(field)} is not true or false`, "true or false");
  return undefined;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ns", 1e-6],
]);
const DURATION = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/;

/** Reads `7s`, `1h30m`, `0.5s` or `0s`. @returns milliseconds, rounded up */
export function duration(field: DocumentField | undefined): number | undefined {
  const written = text(field);
  if (field === undefined || written === undefined) return undefined;
  const parts = DURATION.test(written) ? [...written.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)] : [];
  const ms = Math.ceil(
    parts.reduce((sum, [, digits, unit = ""]) => sum + Number(digits) * (UNIT_MS.get(unit) ?? 0), 0),
  );
  if (parts.length === 0)
    field.error(`${describeValue(written)} is not a valid duration`, "a duration like 7s, 500ms or 1h30m");
  else if (ms > MAX_TIMER_MS) field.error(`${written} is too long`, "at most 596h");
  else return ms;
  return undefined;
}

const HIGHEST_PERCENT = 100;

/** Reads a percentage, 0 to 100. */
export function percent(field: DocumentField | undefined, whole: boolean): number | undefined {
  return number(field, { min: 0, max: HIGHEST_PERCENT, whole });
}

/** Reads a name of an enumeration. @returns undefined if it is missing or unknown */
export function oneOf<const T extends string>(field: DocumentField | undefined, names: readonly T[]): T | undefined {
  const written = text(field);
  const found = names.find((name) => name === written);
  if (written !== undefined && found === undefined) {
    field?.error(`${describeValue(written)} is unknown`, names.join(", "));
  }
  return found;
}

function shownValue(field: DocumentField): string {
  if (field.isList) return "a list";
  return field.isMapping ? "a mapping" : describeValue(field.scalar);
}
