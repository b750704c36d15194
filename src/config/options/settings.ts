import { dirname, resolve } from "node:path";
import type { Flag } from "./flags.ts";
import type { YamlFile } from "../yaml-file.ts";

/** As a parser of command lines leaves them, by `Flag.key`; repeated flags are lists. */
export type FlagValues = Readonly<Record<string, string | readonly string[] | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Given {
  /** The flag or the variable. */
  readonly place: string;
  readonly value: string | readonly string[];
}

/** What was given for an option outside of the document: the flag, otherwise the variable unless it is empty. */
export function given(flag: Flag, flags: FlagValues, env: Environment): Given | undefined {
  const value = flags[flag.key];
  if (value !== undefined) return { place: flag.flag, value };
  const text = env[flag.variable];
  return text === undefined || text.trim() === "" ? undefined : { place: flag.variable, value: text };
}

/** The document with flags and variables laid over it, and where each value comes from. */
export class Settings {
  readonly value: unknown;
  readonly #file: YamlFile | undefined;
  readonly #folder: string;
  readonly #places = new Map<string, string>();

  /** @param path of the document */
  constructor(file: YamlFile | undefined, path = "") {
    this.#file = file;
    this.#folder = dirname(path);
    this.value = file === undefined ? {} : file.value;
  }

  /** Whether there is a document. */
  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** @returns what stands at a path, undefined where nothing does */
  at(path: readonly (string | number)[]): unknown {
    return path.reduce<unknown>((value, key) => (isContainer(value) ? value[key] : undefined), this.value);
  }

  /** @returns the path of a file that a value names: beside the document when the document names it */
  file(path: readonly (string | number)[], written: string): string {
    const { named } = this.place(path, "value");
    return named || this.#folder === "." ? written : resolve(this.#folder, written);
  }

  /** Writes a value, and the mappings above it; where the document has something else than a mapping, nothing. */
  set(path: readonly (string | number)[], value: unknown, place: string): void {
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

  /** @returns where a person finds the value, and whether that place names it fully */
  place(path: readonly PropertyKey[], of: "value" | "key"): { readonly place: string; readonly named: boolean } {
    for (let length = path.length; length > 0; length -= 1) {
      const place = this.#places.get(keyOf(path.slice(0, length)));
      if (place !== undefined) return { place, named: true };
    }
    return { place: this.#file?.place(path, of) ?? "", named: false };
  }
}

type Container = Record<string | number, unknown>;

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
