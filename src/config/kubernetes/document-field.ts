import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type YAMLMap,
  type Document as YamlDocument,
} from "yaml";
import { nearest } from "../values/suggest.ts";
import { describeValue } from "../values/value-type.ts";
import type { Diagnostics, Severity } from "./diagnostic.ts";

/** The merge key of YAML 1.1, which Kubernetes supports. */
const MERGE = "<<";

/** A document of a file, and which of its fields have been read. */
export interface DocumentSource {
  readonly path: string;
  readonly document: YamlDocument;
  readonly lines: LineCounter;
  readonly diagnostics: Diagnostics;
  /** `VirtualService/httpbin`; empty until it is known. */
  title: string;
  /** The pairs that were read; the others are reported. */
  readonly visited: Set<Pair>;
  /** Mappings and lists whose unread fields are not reported. */
  readonly skipped: Set<unknown>;
  /** The names that were read, by mapping: suggestions for a mistyped one. */
  readonly readNames: Map<unknown, Set<string>>;
}

/**
 * A field of a document. Reading marks it as visited, so that unread fields can be reported and none is ignored silently.
 * Names are in camelCase, and also match snake_case.
 */
export class DocumentField {
  readonly name: string;
  readonly path: string;
  readonly #source: DocumentSource;
  readonly #node: unknown;
  readonly #key: unknown;

  constructor(source: DocumentSource, node: unknown, path: string, name = "", key?: unknown) {
    this.#source = source;
    this.#node = isAlias(node) ? node.resolve(source.document) : node;
    this.#key = key;
    this.name = name;
    this.path = path;
  }

  /** Whether the field is missing or null. */
  get empty(): boolean {
    return this.#node === undefined || this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  /** The scalar value, or undefined. */
  get scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** The position of the key, or of the value if it has no key: `file.yaml:6:12`. */
  get place(): string {
    return this.#placeOf(this.#key ?? this.#node);
  }

  /** Sets the title of the document for later diagnostics. */
  setTitle(title: string): void {
    this.#source.title = title;
  }

  /** Reads a field. Reports an error if it has both spellings. @returns undefined if it is missing or null */
  child(name: string): DocumentField | undefined {
    if (this.empty) return undefined;
    if (!isMap(this.#node)) {
      this.#wrongKind("mapping");
      return undefined;
    }
    const readNames = this.#source.readNames.get(this.#node) ?? new Set();
    this.#source.readNames.set(this.#node, readNames.add(name));
    const [pair, second] = this.#pairs(this.#node).filter((item) => camelCase(keyText(item)) === name);
    if (pair === undefined) return undefined;
    this.#source.visited.add(pair);
    const field = this.#below(pair);
    if (second !== undefined) {
      this.#source.visited.add(second);
      this.#below(second).error(`duplicate field, as ${keyText(pair)} and as ${keyText(second)}; keep one`);
    }
    return field.empty ? undefined : field;
  }

  /** Reads all fields of a mapping with arbitrary names, such as header names, including null values. */
  entries(): readonly DocumentField[] {
    if (this.empty) return [];
    if (!isMap(this.#node)) return this.#wrongKind("mapping");
    return this.#pairs(this.#node).map((pair) => {
      this.#source.visited.add(pair);
      return this.#below(pair);
    });
  }

  items(): readonly DocumentField[] {
    if (this.empty) return [];
    if (!isSeq(this.#node)) return this.#wrongKind("list");
    return this.#node.items.map((item, index) => new DocumentField(this.#source, item, `${this.path}[${index}]`));
  }

  /** The YAML nodes of a list, which are read as separate documents. */
  nodes(): readonly unknown[] {
    return isSeq(this.#node) ? this.#node.items : [];
  }

  /** Suppresses reports about fields below. @returns this field */
  skip(): this {
    this.#source.skipped.add(this.#node);
    return this;
  }

  /** Reports an error: the document cannot be served. */
  error(message: string, allowed = ""): void {
    this.#report("error", this.#node, message, allowed);
  }

  /** Reports a warning: shadowdiff behaves differently than a mesh. */
  warn(message: string): void {
    this.#report("warning", this.#key ?? this.#node, message);
  }

  /** Reports a note. */
  note(message: string): void {
    this.#report("note", this.#key ?? this.#node, message);
  }

  /** Skips unsupported fields, and reports those that are present. */
  remark(severity: "warning" | "note", texts: Readonly<Record<string, string>>): void {
    for (const [name, message] of Object.entries(texts)) {
      const field = this.child(name)?.skip();
      if (severity === "warning") field?.warn(message);
      else field?.note(message);
    }
  }

  /** Reports all unread fields below, as errors if they look mistyped. */
  reportUnvisited(): void {
    if (this.#source.skipped.has(this.#node)) return;
    if (isSeq(this.#node)) for (const item of this.items()) item.reportUnvisited();
    if (!isMap(this.#node)) return;
    for (const pair of this.#node.items.filter(isPair)) {
      const field = this.#below(pair);
      if (this.#source.visited.has(pair)) {
        field.reportUnvisited();
        continue;
      }
      const known = [...(this.#source.readNames.get(this.#node) ?? [])];
      const meant = nearest(camelCase(field.name), known);
      if (meant === undefined) field.warn("unknown field, ignored");
      else this.#report("error", pair.key, `unknown field; did you mean "${meant}"?`, known.join(", "), field.path);
    }
  }

  /** The pairs of the mapping, and those merged into it (`<<`) that it does not override. */
  #pairs(node: YAMLMap): readonly Pair[] {
    const own = node.items.filter((pair) => keyText(pair) !== MERGE);
    const merged = node.items
      .filter((pair) => keyText(pair) === MERGE)
      .flatMap((pair) => {
        this.#source.visited.add(pair);
        const value = isAlias(pair.value) ? pair.value.resolve(this.#source.document) : pair.value;
        return (isSeq(value) ? value.items : [value]).flatMap((item) => {
          const from = isAlias(item) ? item.resolve(this.#source.document) : item;
          return isMap(from) ? this.#pairs(from) : [];
        });
      });
    const all = [...own, ...merged];
    return all.filter((pair) => own.includes(pair) || all.find((other) => keyText(other) === keyText(pair)) === pair);
  }

  #below(pair: Pair): DocumentField {
    const name = keyText(pair);
    const path = /^[\w-]+$/.test(name) ? `${this.path}.${name}` : `${this.path}[${JSON.stringify(name)}]`;
    return new DocumentField(this.#source, pair.value, this.path === "" ? name : path, name, pair.key);
  }

  #wrongKind(wanted: "mapping" | "list"): [] {
    this.skip().error(`${this.#shown()} is not a ${wanted}`, `a ${wanted}`);
    return [];
  }

  #shown(): string {
    return isMap(this.#node) ? "a mapping" : isSeq(this.#node) ? "a list" : describeValue(this.scalar);
  }

  #report(severity: Severity, node: unknown, message: string, allowed = "", path = this.path): void {
    const field = [this.#source.title, path].filter((part) => part !== "").join(" ");
    this.#source.diagnostics.add({ severity, place: this.#placeOf(node), field, message, allowed });
  }

  #placeOf(node: unknown): string {
    const offset = startOf(node) ?? startOf(this.#key) ?? startOf(this.#source.document.contents) ?? 0;
    const { line, col } = this.#source.lines.linePos(offset);
    return `${this.#source.path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
}

/** Converts `consecutive_5xx_errors` to `consecutive5xxErrors`, like protobuf's JSON mapping. */
function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
