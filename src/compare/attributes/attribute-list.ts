import type { Attribute, AttributeRecord, AttributeSource } from "../../model/explain/attribute.ts";
import { isPrivate } from "./private-names.ts";
import type { ValueMasker } from "./value-masker.ts";

/** Attributes per source. */
const MAX_ATTRIBUTES: Readonly<Record<AttributeSource, number>> = {
  header: 40,
  query: 24,
  path: 8,
  cookie: 24,
  claim: 16,
  "request-body": 32,
  "response-body": 32,
  request: 2,
  response: 3,
  client: 1,
  address: 3,
};
/** Sources whose names are those of shadowdiff. */
const OWN_NAMES: ReadonlySet<AttributeSource> = new Set(["request", "response", "client", "address"]);
/** Characters of the names and values of one exchange. */
const MAX_CHARS = 6_000;
/** What a value takes that is no text. */
const CHARS_PER_SCALAR = 8;
/** A decimal as programs write it: `100`, `-0.5`, but not `007` and `1.10`, which are names. */
const LIKE_NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/;

/** Collects the attributes of one exchange within their limits. What does not fit is visible in `cut`. */
export class AttributeList {
  readonly #masker: ValueMasker;
  readonly #attributes: Attribute[] = [];
  readonly #names = new Map<AttributeSource, Set<string>>();
  readonly #cut = new Set<AttributeSource>();
  #chars = 0;

  constructor(masker: ValueMasker) {
    this.#masker = masker;
  }

  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  get cut(): readonly AttributeSource[] {
    return [...this.#cut];
  }

  /** Of this source, absence says nothing. */
  markCut(source: AttributeSource): void {
    this.#cut.add(source);
  }

  /** @returns false if the source has as many attributes as are kept */
  hasSpace(source: AttributeSource): boolean {
    return (this.#names.get(source)?.size ?? 0) < MAX_ATTRIBUTES[source];
  }

  /** Text from a place that has only texts: one that spells a number is a number. */
  addText(source: AttributeSource, name: string, text: string): void {
    const value = LIKE_NUMBER.test(text) && String(Number(text)) === text ? Number(text) : text;
    this.addValue(source, name, value);
  }

  addSecret(source: AttributeSource, name: string, text: string): void {
    this.#add(source, name, () => this.#masker.secret(text));
  }

  addValue(source: AttributeSource, name: string, value: Attribute["value"]): void {
    const isText = typeof value === "string" || typeof value === "number";
    if (isText && !OWN_NAMES.has(source) && isPrivate(name, String(value), source !== "response-body")) {
      this.addSecret(source, name, String(value));
    } else {
      this.#add(source, name, () => this.#masked(value));
    }
  }

  #masked(value: Attribute["value"]): Attribute["value"] {
    if (typeof value === "string") return this.#masker.text(value);
    return typeof value === "number" ? this.#masker.number(value) : value;
  }

  #add(source: AttributeSource, name: string, valueOf: () => Attribute["value"]): void {
    const names = this.#names.get(source) ?? new Set();
    const shown = this.#masker.name(name);
    if (shown !== undefined && names.has(shown)) return;
    if (shown === undefined || !this.hasSpace(source)) return this.markCut(source);
    const value = valueOf();
    const chars = charsOf(shown, value);
    if (this.#chars + chars > MAX_CHARS) return this.markCut(source);
    this.#chars += chars;
    names.add(shown);
    this.#names.set(source, names);
    this.#attributes.push({ source, name: shown, value });
  }
}

/** The approximate size of a record in memory. */
export function recordBytes({ attributes }: AttributeRecord): number {
  return attributes.reduce((sum, { name, value }) => sum + charsOf(name, value), 0);
}

function charsOf(name: string, value: Attribute["value"]): number {
  return name.length + (typeof value === "string" ? value.length : CHARS_PER_SCALAR);
}
