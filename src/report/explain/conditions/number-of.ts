import type { Attribute } from "../../../model/explain/attribute.ts";

/** The number that a value is or spells; undefined for others. */
export function numberOf(value: Attribute["value"]): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value)) return undefined;
  return Number(value);
}
