import type { ParameterCounts } from "../../model/difference.ts";

/** Encodes the counts of one set of fields. */
export function encodeParameters({ counted, none, other, names }: ParameterCounts): string {
  return JSON.stringify([counted, none, other, ...[...names].flat()]);
}

export function decodeParameters(text: string): ParameterCounts {
  const [counted, none, other, ...pairs] = JSON.parse(text) as [number, number, number, ...(string | number)[]];
  const names = new Map<string, number>();
  for (let at = 0; at < pairs.length; at += 2) names.set(pairs[at] as string, pairs[at + 1] as number);
  return { counted, none, other, names };
}
