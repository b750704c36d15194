import type { DifferingField } from "../../model/difference.ts";
import type { AttributeRecord } from "../../model/explain/attribute.ts";
import type { Condition } from "../../model/explain/explanation.ts";

/**
 * Finds the attributes that repeat the difference that they would explain: the primary's value in a field that differs says
 * where it differs, not why. Which fields belong to the cause is seen from records with a single field.
 * @param hasCause by record
 */
export function restatedBy(
  records: readonly AttributeRecord[],
  hasCause: readonly boolean[],
  isOfCause: (record: AttributeRecord) => boolean,
): (condition: Pick<Condition, "source" | "name">) => boolean {
  const fields = new Map<string, boolean>();
  const own: DifferingField[] = [];
  for (const [at, record] of records.entries()) {
    if (hasCause[at] !== true) continue;
    for (const field of record.fields) {
      const key = `${field.section}\n${field.path}\n${field.kind}\n${field.mark}`;
      if (fields.has(key)) continue;
      fields.set(key, true);
      if (isOfCause({ ...record, fields: [field] })) own.push(field);
    }
  }
  const roots = own.flatMap(({ section, path }) => (section === "body" ? [rootOf(path)] : []));
  const hasStatus = own.some(({ section }) => section === "status");
  return ({ source, name }) => {
    if (source === "response") return name === "status" ? hasStatus : roots.length > 0;
    return source === "response-body" && roots.some((root) => isAtOrBelow(name, root));
  };
}

/** A path without the elements of lists: attributes are about lists, not about their elements. */
function rootOf(path: string): string {
  const element = path.indexOf("[*]");
  return element === -1 ? path : path.slice(0, element);
}

function isAtOrBelow(name: string, root: string): boolean {
  // The body as a whole differs: its length says so, its members need not.
  if (root === "$") return name === "$" || name === "$.length";
  return name === root || name.startsWith(`${root}.`) || name.startsWith(`${root}[`);
}
