import { ExactNumber } from "./exact-number.ts";
import { Duplicates, type Json, type JsonObject } from "./json-tree.ts";

/**
 * Writes a tree as JSON text without recursion. Numbers keep their spelling and repeated members are repeated, which
 * `JSON.stringify` cannot do.
 * @returns undefined when the text would be longer than `maxChars`
 */
export function writeJson(root: Json, maxChars: number): string | undefined {
  const out: string[] = [];
  let length = 0;
  const write = (text: string): void => {
    out.push(text);
    length += text.length;
  };
  /** Literal text and values that remain to be written. */
  const stack: (string | { readonly value: Json })[] = [{ value: root }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (length > maxChars) return undefined;
    if (typeof next === "string") write(next);
    else if (Array.isArray(next.value)) {
      write("[");
      stack.push("]");
      for (let at = next.value.length - 1; at >= 0; at -= 1) {
        stack.push({ value: next.value[at] as Json });
        if (at > 0) stack.push(",");
      }
    } else if (next.value instanceof ExactNumber) write(next.value.source);
    else if (typeof next.value === "object" && next.value !== null) {
      write("{");
      stack.push("}");
      const members = listMembers(next.value).toReversed();
      for (const [at, [name, value]] of members.entries()) {
        stack.push({ value }, `${JSON.stringify(name)}:`);
        if (at < members.length - 1) stack.push(",");
      }
    } else write(JSON.stringify(next.value));
  }
  return length > maxChars ? undefined : out.join("");
}

function listMembers(object: JsonObject | Duplicates): (readonly [string, Json])[] {
  if (object instanceof Duplicates) return object.values.map((value) => ["", value] as const);
  return Object.entries(object).flatMap(([name, value]) =>
    value instanceof Duplicates ? value.values.map((one) => [name, one] as const) : [[name, value] as const],
  );
}
