import { dirname, resolve } from "node:path";
import type { Problem } from "../config-error.ts";
import type { YamlFile } from "../yaml-file.ts";
import type { Flag } from "./flags.ts";
import type { FieldPath } from "./option.ts";

/** Values from the command line, by `Flag.key`; a repeated flag has a list. */
export type FlagValues = Readonly<Record<string, string | readonly string[] | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that overrides the document. */
export interface Override {
  /** The flag or the environment variable. */
  readonly place: string;
  readonly value: string | readonly string[];
}

/** Reads an option from its flag, or from its environment variable if that is not empty. */
export function readOverride(flag: Flag, flags: FlagValues, env: Environment): Override | undefined {
  const value = flags[flag.key];
  if (value !== undefined) {
    return { place: flag.flag, value: Array.isArray(value) ? value.flatMap((item) => splitItem(flag, item)) : value };
  }
  const text = env[flag.variable];
  return text === undefined || text.trim() === "" ? undefined : { place: flag.variable, value: text };
}

/** `--method GET,HEAD` is `--method GET --method HEAD`, unless the text with its commas is one valid value, such as a path. */
function splitItem({ type, path }: Flag, item: string): readonly string[] {
  // The type of an option is that of its list; the flags of versions and addresses have the type of one value.
  const isValid = (text: string): boolean => "value" in type.parse(path === undefined ? text : [text]);
  if (isValid(item)) return [item];
  const parts = item.split(",").map((part) => part.trim());
  return parts.every(isValid) ? parts : [item];
}

/** A problem of a flag or environment variable. */
export function overrideProblem(place: string, message: string, allowed = ""): Problem {
  return { place, field: "", message, allowed };
}

/** The document after flags and environment variables have been applied, and the source of each value. */
export class Settings {
  readonly value: unknown;
  readonly #file: YamlFile | undefined;
  readonly #folder: string;
  /** Flags and variables by the path of the field that they set, as JSON. */
  readonly #places = new Map<string, string>();

  /** @param path of the document */
  constructor(file: YamlFile | undefined, path = "") {
    this.#file = file;
    this.#folder = dirname(path);
    this.value = file === undefined ? {} : file.value;
  }

  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** @returns the value at a path, or undefined */
  at(path: FieldPath): unknown {
    return path.reduce<unknown>((value, key) => (isContainer(value) ? value[key] : undefined), this.value);
  }

  /** Resolves a file name: relative to the document if the document contains it, otherwise to the working directory. */
  file(path: FieldPath, written: string): string {
    const { named } = this.place(path, "value");
    return named || this.#folder === "." ? written : resolve(this.#folder, written);
  }

  /** Sets a value, and creates the mappings above it. Does nothing below a value that is not a mapping. */
  set(path: FieldPath, value: unknown, place: string): void {
    let container = this.value;
    for (const key of path.slice(0, -1)) {
      if (!isContainer(container)) return;
      container[key] ??= {};
      container = container[key];
    }
    const key = path.at(-1);
    if (!isContainer(container) || key === undefined) return;
    container[key] = value;
    this.#places.set(keyOf(path), place);
  }

  /** Removes a field at the top of the document. Its position remains known. */
  remove(field: string): void {
    if (isContainer(this.value)) delete this.value[field];
  }

  /** @returns the source of the value: a position in the document, or a flag or variable, which names the option (`named`) */
  place(path: readonly PropertyKey[], of: "value" | "key"): { readonly place: string; readonly named: boolean } {
    for (let length = path.length; length > 0; length -= 1) {
      const place = this.#places.get(keyOf(path.slice(0, length)));
      if (place !== undefined) return { place, named: true };
    }
    return { place: this.#file?.place(path, of) ?? "", named: false };
  }
}

type JsonContainer = Record<string | number, unknown>;

function isContainer(value: unknown): value is JsonContainer {
  return typeof value === "object" && value !== null;
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
