/**
 * A JSON value as it was written. Numbers keep their text, since a parsed 1.0, 1e400 or 2^53+1 would show as another
 * number; keys live in a Map, since `__proto__` is a key like any other.
 */
export type JsonNode =
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, JsonNode> }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string" | "number" | "word"; readonly text: string };

/** Deeper documents are shown as text: walking them could exhaust the stack. */
const MAX_DEPTH = 400;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** A reader over a text that `JSON.parse` has accepted, so that it need not look for errors. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** The next character that is no space. */
  #peek(): string {
    this.#take(SPACE);
    return this.#text.charAt(this.#at);
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw new RangeError("deeper than can be shown");
    const first = this.#peek();
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return { kind: "string", text: this.#take(STRING) };
    const word = this.#take(WORD);
    return word === "" ? { kind: "number", text: this.#take(NUMBER) } : { kind: "word", text: word };
  }

  #object(depth: number): JsonNode {
    const entries = new Map<string, JsonNode>();
    this.#at += 1;
    while (this.#peek() !== "}") {
      const key = JSON.parse(this.#take(STRING)) as string;
      if (entries.has(key)) throw new SyntaxError("two values under one key");
      this.#peek();
      this.#at += 1;
      entries.set(key, this.value(depth + 1));
      if (this.#peek() === ",") this.#at += 1;
    }
    this.#at += 1;
    return { kind: "object", entries };
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at += 1;
    while (this.#peek() !== "]") {
      items.push(this.value(depth + 1));
      if (this.#peek() === ",") this.#at += 1;
    }
    this.#at += 1;
    return { kind: "array", items };
  }
}

/** @returns undefined when the text is no JSON document, or one that a tree cannot show: too deep, or a key that comes twice */
export function parseJson(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
    return new Reader(text).value(0);
  } catch {
    return undefined;
  }
}
