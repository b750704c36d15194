import { ExactNumber } from "./exact-number.ts";
import { Duplicates, type Json, type JsonObject } from "./json-tree.ts";

/**
 * A tree as JSON text, numbers as they were spelled and repeated members repeated. Without recursion.
 * @returns undefined when it would be longer than `maxChars`
 */
export function writeJson(root: Json, maxChars: number): string | undefined {
  const out: string[] = [];
  let length = 0;
  const write = (text: string): void => {
    out.push(text);
    length += text.length;
  };
  /** What is still to be written: text as it is, or a value. Last in, first out. */
  const open: (string | { readonly value: Json })[] = [{ value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (length > maxChars) return undefined;
    if (typeof next === "string") write(next);
    else if (Array.isArray(next.value)) {
      write("[");
      open.push("]");
      for (let at = next.value.length - 1; at >= 0; at -= 1) {
        open.push({ value: next.value[at] as Json });
        if (at > 0) open.push(",");
      }
    } else if (next.value instanceof ExactNumber) write(next.value.source);
    else if (typeof next.value === "object" && next.value !== null) {
      write("{");
      open.push("}");
      const members = membersOf(next.value).toReversed();
      for (const [at, [name, value]] of members.entries()) {
        open.push({ value }, `${JSON.stringify(name)}:`);
        if (at < members.length - 1) open.push(",");
      }
    } else write(JSON.stringify(next.value));
  }
  return length > maxChars ? undefined : out.join("");
}

function membersOf(object: JsonObject | Duplicates): (readonly [string, Json])[] {
  if (object instanceof Duplicates) return object.values.map((value) => ["", value] as const);
  return Object.entries(object).flatMap(([name, value]) =>
    value instanceof Duplicates ? value.values.map((one) => [name, one] as const) : [[name, value] as const],
  );
}
