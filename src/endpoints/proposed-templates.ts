import { estimatedValues } from "./estimated-values.ts";
import { isConventional, splitEndpoint } from "./learned-template.ts";
import { parameterName } from "./parameter-name.ts";

/** With fewer values, a segment may just as well be a list of words. */
const MIN_VALUES = 10;
/** More values are expected than were seen, at least this many times as many. */
const TIMES_AS_MANY = 2;
const MAX_PROPOSED = 3;

/** A segment between two parts of a path, and how often each of its values was seen. */
interface Place {
  readonly method: string;
  readonly before: string;
  readonly after: string;
  readonly counts: Map<string, number>;
}

/**
 * Templates that would count many endpoints as one, for a person to configure.
 * @param counts compared exchanges by endpoint
 * @returns such as `GET /posts/{post}/comments`; those of the most endpoints first
 */
export function proposedTemplates(counts: ReadonlyMap<string, number>): readonly string[] {
  const places = new Map<string, Place>();
  for (const [endpoint, count] of counts) {
    const { method = "", segments = [] } = splitEndpoint(endpoint) ?? {};
    for (const [at, value] of segments.entries()) {
      if (isConventional(value)) continue;
      const [before, after] = [pathOf(segments.slice(0, at)), pathOf(segments.slice(at + 1))];
      const key = JSON.stringify([method, before, after]);
      const place = places.get(key) ?? { method, before, after, counts: new Map<string, number>() };
      place.counts.set(value, (place.counts.get(value) ?? 0) + count);
      places.set(key, place);
    }
  }
  return [...places.values()]
    .filter(({ counts: own }) => own.size >= MIN_VALUES && estimatedValues(own.values()) >= TIMES_AS_MANY * own.size)
    .toSorted((one, other) => other.counts.size - one.counts.size)
    .slice(0, MAX_PROPOSED)
    .map(
      ({ method, before, after, counts: own }) =>
        `${method} ${before}/${parameterName(before, [...own.keys()])}${after}`,
    );
}

function pathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment}`).join("");
}
