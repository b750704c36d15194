import { unreachable } from "../../../lib/unreachable.ts";
import type { AttributeRecord } from "../../../model/explain/attribute.ts";
import type { Condition } from "../../../model/explain/explanation.ts";
import { numberOf } from "./number-of.ts";

/**
 * Whether an exchange meets all conditions. It does not meet one about an attribute that it may have had, because its source was
 * cut.
 */
export function meetsConditions(
  conditions: readonly Omit<Condition, "words">[],
  record: Pick<AttributeRecord, "at" | "attributes" | "cut">,
): boolean {
  return conditions.every((condition) => meetsCondition(condition, record));
}

function meetsCondition(
  { source, name, test, value: limit }: Omit<Condition, "words">,
  { at, attributes, cut }: Pick<AttributeRecord, "at" | "attributes" | "cut">,
): boolean {
  if (source === "time") return test === "above" ? at >= Number(limit) : at < Number(limit);
  const attribute = attributes.find((each) => each.source === source && each.name === name);
  if (attribute === undefined) return (test === "absent" || test === "not-equals") && !cut.includes(source);
  const { value } = attribute;
  const number = numberOf(value);
  switch (test) {
    case "equals":
      return value === limit;
    case "not-equals":
      return value !== limit;
    case "prefix":
      return typeof value === "string" && value.startsWith(String(limit));
    case "above":
      return number !== undefined && number > Number(limit);
    case "at-most":
      return number !== undefined && number <= Number(limit);
    case "present":
      return true;
    case "absent":
      return false;
    default:
      return unreachable(test);
  }
}
