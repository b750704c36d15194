import type { Problem } from "../config-error.ts";
import type { YamlFile } from "../yaml-file.ts";

/** A file of an OpenAPI document. */
export interface OpenApiFile extends YamlFile {
  /** For errors, and to find the files that this one refers to. */
  readonly path: string;
}

type Key = string | number;

/** A value in an OpenAPI document, and its position. */
export class OpenApiNode {
  readonly file: OpenApiFile;
  readonly keys: readonly Key[];
  readonly value: unknown;

  constructor(file: OpenApiFile, keys: readonly Key[] = [], value: unknown = file.value) {
    this.file = file;
    this.keys = keys;
    this.value = value;
  }

  /** Names the position in all files. */
  get id(): string {
    return `${this.file.path}#${JSON.stringify(this.keys.map(String))}`;
  }

  /** The text of `$ref`; undefined for a value that is no reference. */
  get reference(): string | undefined {
    const { value } = this;
    if (!isMapping(value)) return undefined;
    const { $ref } = value;
    return typeof $ref === "string" ? $ref : undefined;
  }

  /** The member of a mapping or list; undefined if there is none. */
  child(key: Key): OpenApiNode | undefined {
    const { value } = this;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return new OpenApiNode(this.file, [...this.keys, key], (value as Record<Key, unknown>)[key]);
  }

  /** The members of a mapping, without extensions (`x-…`); empty for anything else. */
  members(): readonly (readonly [key: string, node: OpenApiNode])[] {
    const { value } = this;
    if (!isMapping(value)) return [];
    return Object.keys(value)
      .filter((key) => !key.startsWith("x-"))
      .map((key) => [key, new OpenApiNode(this.file, [...this.keys, key], value[key])] as const);
  }

  /** The elements of a list; empty for anything else. */
  elements(): readonly OpenApiNode[] {
    const { value } = this;
    if (!Array.isArray(value)) return [];
    return value.map((element, index) => new OpenApiNode(this.file, [...this.keys, index], element));
  }

  /** A problem of this value. @param allowed what to write; empty if the message says it */
  problem(message: string, allowed = "", of: "value" | "key" = "value"): Problem {
    return { place: this.file.place(this.keys, of), field: this.keys.join("."), message, allowed };
  }
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
