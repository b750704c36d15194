import { createRequire } from "node:module";
import type * as library from "yaml";
import type { Document as YamlDocument } from "yaml";
import { ConfigError, type Problem } from "./config-error.ts";
import { syntaxProblem } from "./yaml-syntax.ts";
import { describeValue } from "./values/value-type.ts";

const load = createRequire(import.meta.url);
/** Loaded on demand: flags and environment variables suffice for most configurations. */
const yaml = (): typeof library => load("yaml") as typeof library;

/** The values of a YAML file, and their positions. */
export interface YamlFile {
  readonly value: unknown;
  /**
   * @param path fields and list positions from the root
   * @param of position of the value or of its key
   * @returns `shadowdiff.yaml:6:12`; for a missing field the position of its nearest ancestor
   */
  place(path: readonly PropertyKey[], of: "value" | "key"): string;
}

/** What a file should be, for the error of one that is no mapping. */
interface Expected {
  readonly name: string;
  readonly example: string;
}

const CONFIGURATION: Expected = { name: "a configuration", example: "listen: 127.0.0.1:8080" };

/**
 * @param file.path for errors
 * @throws ConfigError if the text is not a single YAML 1.2 document
 */
export function readYaml(
  file: { readonly path: string; readonly text: string },
  expected: Expected = CONFIGURATION,
): YamlFile {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file.path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  // After one token that does not fit, the parser reports all others up to the end of the collection.
  const errors = document.errors.filter(({ code }, index) => index === 0 || code !== "UNEXPECTED_TOKEN");
  const problems = [...errors, ...document.warnings].map((error): Problem => ({
    place: placeAt(error.pos[0]),
    field: "",
    ...syntaxProblem(error, file.text),
  }));
  // One mistake can be several errors at the same place.
  const distinct = problems.filter(({ place }, index) => problems.findIndex((one) => one.place === place) === index);
  const { contents } = document;
  if (isMap(contents) && contents.has("apiVersion")) {
    const message = "this is a Kubernetes document; pass Istio and Gateway API documents with --istio FILE";
    throw new ConfigError([problem(placeAt(startOf(contents) ?? 0), message)]);
  }
  if (distinct.length > 0) throw new ConfigError(distinct);
  if (isSeq(contents) || (isScalar(contents) && contents.value !== null)) {
    const what = isSeq(contents) ? "a list" : describeValue(contents.value);
    throw new ConfigError([
      problem(
        placeAt(startOf(contents) ?? 0),
        `${what} is not ${expected.name}; write a mapping, such as ${expected.example}`,
      ),
    ]);
  }
  return {
    value: valueOf(document, (message) => new ConfigError([problem(`${file.path}:1:1`, message)])),
    place: (path, of) => placeAt(offsetOf(document, path, of)),
  };
}

function problem(place: string, message: string): Problem {
  return { place, field: "", message, allowed: "" };
}

function valueOf(document: YamlDocument, failed: (message: string) => ConfigError): unknown {
  try {
    // An empty document has no fields.
    return document.toJS() ?? {};
  } catch (error) {
    // Undefined aliases, or more alias expansions than the parser allows.
    throw failed((error as Error).message);
  }
}

function offsetOf(document: YamlDocument, path: readonly PropertyKey[], of: "value" | "key"): number {
  const { isMap, isPair } = yaml();
  for (let length = path.length; length > 0; length -= 1) {
    const parent = nodeAt(document.contents, path.slice(0, length - 1));
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && isNamed(item.key, key)) : undefined;
    const value = nodeAt(parent, path.slice(length - 1, length));
    const node: unknown = of === "key" && length === path.length ? pair?.key : (value ?? pair?.key);
    const offset = startOf(node) ?? startOf(pair?.key);
    if (offset !== undefined) return offset;
  }
  return startOf(document.contents) ?? 0;
}

/** Unlike `getIn`, it finds the key 200 by its text. */
function nodeAt(root: unknown, path: readonly PropertyKey[]): unknown {
  const { isMap, isPair, isSeq } = yaml();
  return path.reduce<unknown>((node, key) => {
    if (isSeq(node)) return node.items[Number(key)];
    return isMap(node) ? node.items.find((item) => isPair(item) && isNamed(item.key, key))?.value : undefined;
  }, root);
}

function isNamed(key: unknown, name: PropertyKey | undefined): boolean {
  return yaml().isScalar(key) ? String(key.value) === String(name) : key === name;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | undefined)?.range?.[0];
}
