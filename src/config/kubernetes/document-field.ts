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

/** YAML 1.1 has it, and Kubernetes reads it. */
const MERGE = "<<";

/** One document of a file, and what was read of it so far. */
export interface DocumentSource {
  readonly path: string;
  readonly document: YamlDocument;
  readonly lines: LineCounter;
  readonly diagnostics: Diagnostics;
  /** `VirtualService/httpbin`, once it is known. */
  title: string;
  /** Every pair that somebody asked for; the others are reported. */
  readonly visited: Set<Pair>;
  /** Mappings and lists of which nothing more is to be reported. */
  readonly skipped: Set<unknown>;
  /** By mapping, the names that were asked for: what a mistyped one may mean. */
  readonly asked: Map<unknown, Set<string>>;
}

/**
 * A place in a document. Whoever reads it marks what he has read, so that in the end nothing is ignored in silence.
 * Names are given in camelCase and found in snake_case too.
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

  /** Nothing is written here, or null. */
  get empty(): boolean {
    return this.#node === undefined || this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  /** The scalar, or undefined where there is none. */
  get scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** `file.yaml:6:12` of the key, or of the value where there is no key. */
  get place(): string {
    return this.#placeOf(this.#key ?? this.#node);
  }

  /** Names the document after its kind and name, for what is said about it from here on. */
  entitle(title: string): void {
    this.#source.title = title;
  }

  /** @returns the field of this name, undefined where it is absent or null; both spellings at once are an error */
  child(name: string): DocumentField | undefined {
    if (this.empty) return undefined;
    if (!isMap(this.#node)) {
      this.#wrongKind("mapping");
      return undefined;
    }
    const asked = this.#source.asked.get(this.#node) ?? new Set();
    this.#source.asked.set(this.#node, asked.add(name));
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

  /** All fields of a mapping whose names are free, as of header names; null values included. */
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

  /** The items of a list as they are, each to be read as a document of its own. */
  nodes(): readonly unknown[] {
    return isSeq(this.#node) ? this.#node.items : [];
  }

  /** Nothing below is reported any more. @returns itself */
  skip(): this {
    this.#source.skipped.add(this.#node);
    return this;
  }

  /** Cannot be served. */
  error(message: string, allowed = ""): void {
    this.#report("error", this.#node, message, allowed);
  }

  /** Acts otherwise than in a mesh. */
  warn(message: string): void {
    this.#report("warning", this.#key ?? this.#node, message);
  }

  /** Worth knowing. */
  note(message: string): void {
    this.#report("note", this.#key ?? this.#node, message);
  }

  /** Passes over fields that have no meaning here, with a word on each that is there. */
  remark(severity: "warning" | "note", texts: Readonly<Record<string, string>>): void {
    for (const [name, message] of Object.entries(texts)) {
      const field = this.child(name)?.skip();
      if (severity === "warning") field?.warn(message);
      else field?.note(message);
    }
  }

  /** Reports each field below that nobody asked for: as an error when it looks like a mistyped one. */
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
      const known = [...(this.#source.asked.get(this.#node) ?? [])];
      const meant = nearest(camelCase(field.name), known);
      if (meant === undefined) field.warn("unknown field, ignored");
      else this.#report("error", pair.key, `unknown field; did you mean "${meant}"?`, known.join(", "), field.path);
    }
  }

  /** Of the mapping itself, and of those merged into it (`<<`), as far as it does not have the fields itself. */
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

/** `consecutive_5xx_errors` is `consecutive5xxErrors`, as protobuf's JSON mapping has it. */
function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
