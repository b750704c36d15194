import type { Token } from "stream-json/core/parser.js";
import { MAX_RECORD_BYTES } from "../../record-sink.ts";

/** The members of an entry that are kept. A response can be larger than all of them together. */
const KEPT: ReadonlySet<string> = new Set(["startedDateTime", "pageref", "connection", "_resourceType", "request"]);
/** Of a HAR that someone has made to exhaust memory; real ones have about 10. */
const MAX_DEPTH = 1_000;
const ENTRIES = ["log", "entries", "[]"].join();

type Container = Record<string, unknown> | unknown[];

/** Receives each entry of a HAR. @param entry undefined if it is too long */
export type OnEntry = (entry: unknown) => void;

/**
 * Assembles the elements of `log.entries` one by one from the tokens of a HAR, and drops everything else at once, such as the
 * bodies of responses.
 */
export class EntryCollector {
  readonly #onEntry: OnEntry;
  /** The keys that lead to the current place outside an entry; `[]` for an array. */
  readonly #outer: string[] = [];
  /** The open containers of an entry, from the outside in. */
  #open: Container[] = [];
  /** The last key of each of them. */
  #keys: string[] = [];
  /** The open containers of a value that is not kept. */
  #dropped = 0;
  /** Of a key, a string or a number. */
  #pieces: string[] = [];
  #keepsPieces = false;
  /** About the characters of the entry that are kept. */
  #size = 0;

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry;
  }

  /** @throws {RangeError} if the document is nested too deeply */
  accept(token: Token): void {
    switch (token.name) {
      case "startObject":
        return this.#begin(false);
      case "startArray":
        return this.#begin(true);
      case "endObject":
      case "endArray":
        return this.#end();
      case "startKey":
        return this.#expectPieces(this.#dropped === 0);
      case "startString":
      case "startNumber":
        return this.#expectPieces(this.#open.length > 0 && this.#dropped === 0 && !this.#isDropped);
      case "stringChunk":
      case "numberChunk":
        return this.#keep(token.value);
      case "endKey":
        return this.#setKey(this.#pieces.join(""));
      case "endString":
        return this.#value(this.#pieces.join(""));
      case "endNumber":
        return this.#value(Number(this.#pieces.join("")));
      case "nullValue":
      case "trueValue":
      case "falseValue":
        return this.#value(token.value);
      // The parser packs nothing.
      case "keyValue":
      case "stringValue":
      case "numberValue":
      case "whitespace":
        return undefined;
    }
  }

  get #isTooLong(): boolean {
    return this.#size > MAX_RECORD_BYTES;
  }

  get #isInEntries(): boolean {
    return this.#outer.join() === ENTRIES;
  }

  /** A member of the entry that is not kept. */
  get #isDropped(): boolean {
    return this.#open.length === 1 && !Array.isArray(this.#open[0]) && !KEPT.has(this.#keys[0] ?? "");
  }

  #begin(isArray: boolean): void {
    if (this.#outer.length + this.#open.length + this.#dropped > MAX_DEPTH) throw new RangeError("nested too deeply");
    if (this.#open.length === 0 && !this.#isInEntries) {
      this.#outer.push(isArray ? "[]" : "");
    } else if (this.#dropped > 0 || this.#isDropped) {
      this.#dropped += 1;
    } else {
      const container: Container = isArray ? [] : (Object.create(null) as Record<string, unknown>);
      this.#attach(container);
      this.#open.push(container);
      this.#keys.push("");
    }
  }

  #end(): void {
    if (this.#open.length === 0) this.#outer.pop();
    else if (this.#dropped > 0) this.#dropped -= 1;
    else {
      this.#keys.pop();
      const closed = this.#open.pop();
      if (this.#open.length === 0) this.#finish(closed);
    }
  }

  #setKey(key: string): void {
    if (this.#dropped > 0) return;
    const keys = this.#open.length === 0 ? this.#outer : this.#keys;
    keys[keys.length - 1] = key;
  }

  #value(value: unknown): void {
    if (this.#dropped > 0 || this.#isDropped) return;
    if (this.#open.length > 0) this.#attach(value);
    else if (this.#isInEntries) this.#finish(value);
  }

  #attach(value: unknown): void {
    const parent = this.#open.at(-1);
    this.#size += 1;
    if (parent === undefined || this.#isTooLong) return;
    if (Array.isArray(parent)) parent.push(value);
    else parent[this.#keys.at(-1) ?? ""] = value;
  }

  #expectPieces(keeps: boolean): void {
    this.#pieces = [];
    this.#keepsPieces = keeps;
    // Keys outside the entries are forgotten one by one.
    if (this.#open.length === 0) this.#size = 0;
  }

  #keep(piece: string): void {
    if (!this.#keepsPieces) return;
    this.#size += piece.length;
    if (this.#isTooLong) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #finish(entry: unknown): void {
    const isTooLong = this.#isTooLong;
    this.#size = 0;
    this.#onEntry(isTooLong ? undefined : entry);
  }
}
