import type { DelayRange } from "../../model/routing.ts";
import { MAX_TIMER_MS } from "../defaults.ts";
import { describeValue, type JsonSchema, type ValueType } from "./value-type.ts";

const MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/**
 * A duration with its unit, in milliseconds: `500ms`, `1.5s`, `14d`. Parsed here: `ms` and other libraries accept what a
 * configuration must refuse, such as numbers without a unit, `1y`, and signs.
 * @param maxMs upper bound
 */
export function duration(maxMs: number = MAX_TIMER_MS): ValueType<number> {
  return quantity({
    units: MS,
    unitless: undefined,
    json: { type: "string", pattern: patternOf(MS) },
    placeholder: "duration",
    allowed: "a duration of at least 1ms, like 500ms, 10s, 5m, 2h or 14d",
    max: maxMs,
  });
}

/** Between the two bounds of a range. */
const RANGE = "..";

/**
 * Two durations, of which the first is not longer: `5ms..50ms`. One duration is a range of that length only.
 * @param maxMs upper bound of both
 */
export function durationRange(maxMs: number): ValueType<DelayRange> {
  const bound = duration(maxMs);
  const pattern = String.raw`\s*\d+(\.\d+)?\s*(${[...MS.keys()].join("|")})\s*`;
  return {
    placeholder: "duration..duration",
    allowed: "a duration, or two like 5ms..50ms",
    json: { type: "string", pattern: String.raw`^${pattern}(\.\.${pattern})?$` },
    parse(value) {
      const [first, second = first, ...rest] = typeof value === "string" ? value.split(RANGE) : [value];
      if (rest.length > 0) return { problem: `${describeValue(value)} is not a valid range of durations` };
      const [min, max] = [bound.parse(first), bound.parse(second)];
      if ("problem" in min) return min;
      if ("problem" in max) return max;
      if (min.value > max.value) return { problem: `${describeValue(value)} ends before it begins` };
      return { value: { minMs: min.value, maxMs: max.value } };
    },
  };
}

const BYTES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1000],
  ["MB", 1000 ** 2],
  ["GB", 1000 ** 3],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
  ["TiB", 1024 ** 4],
]);

/**
 * A size in bytes: `512KiB`, `1MiB`, `1GB`, or a number of bytes. Parsed here: libraries read `1MB` as 1 MiB or ignore what they
 * do not understand.
 */
export const size: ValueType<number> = quantity({
  units: BYTES,
  unitless: 1,
  json: {
    anyOf: [
      { type: "integer", minimum: 1 },
      { type: "string", pattern: patternOf(BYTES, "?") },
    ],
  },
  placeholder: "size",
  allowed: "a size of at least 1 byte, like 65536, 512KiB, 1MiB or 1GiB",
  max: Number.MAX_SAFE_INTEGER,
});

/** A size in a closed range. @param bounds as an error names them, like `8KiB to 256KiB` */
export function sizeBetween(min: number, max: number, bounds: string): ValueType<number> {
  return {
    ...size,
    allowed: `a size of ${bounds}`,
    parse(value) {
      const parsed = size.parse(value);
      if ("problem" in parsed || (parsed.value >= min && parsed.value <= max)) return parsed;
      return { problem: `${describeValue(value)} is ${parsed.value < min ? "below" : "above"} the limit` };
    },
  };
}

function patternOf(units: ReadonlyMap<string, number>, optional: "" | "?" = ""): string {
  return String.raw`^\s*\d+(\.\d+)?\s*(${[...units.keys()].join("|")})${optional}\s*$`;
}

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

function quantity(options: {
  readonly units: ReadonlyMap<string, number>;
  /** The factor of a number without unit; undefined if the unit is mandatory. */
  readonly unitless: number | undefined;
  readonly json: JsonSchema;
  readonly placeholder: string;
  readonly allowed: string;
  readonly max: number;
}): ValueType<number> {
  const { units, unitless, placeholder, allowed, json, max } = options;
  return {
    placeholder,
    allowed,
    json,
    parse(value) {
      const written = typeof value === "number" ? String(value) : value;
      const match = typeof written === "string" ? QUANTITY.exec(written.trim()) : null;
      if (match === null) return { problem: `${describeValue(value)} is not a valid ${placeholder}` };
      const [, digits, unit = ""] = match;
      const factor = unit === "" ? unitless : units.get(unit);
      if (factor === undefined) {
        const known = [...units.keys()].join(", ");
        return {
          problem: unit === "" ? `${describeValue(value)} has no unit` : `unknown unit "${unit}"; use ${known}`,
        };
      }
      const result = Math.round(Number(digits) * factor);
      if (result < 1) return { problem: `${describeValue(value)} is too small` };
      return result > max ? { problem: `${describeValue(value)} is too large` } : { value: result };
    },
  };
}
