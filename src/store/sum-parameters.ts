import type { ParameterCounts } from "../model/difference.ts";

/** Adds up the counts of several outcomes, or of several endpoints, which together may have more names than one may. */
export function sumParameters(parts: readonly ParameterCounts[]): ParameterCounts {
  let [counted, none, other] = [0, 0, 0];
  const names = new Map<string, number>();
  for (const part of parts) {
    counted += part.counted;
    none += part.none;
    other += part.other;
    for (const [name, count] of part.names) names.set(name, (names.get(name) ?? 0) + count);
  }
  return { counted, none, other, names };
}
