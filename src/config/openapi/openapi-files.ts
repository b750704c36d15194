import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "../config-error.ts";
import { readYaml } from "../yaml-file.ts";
import { OpenApiNode, type OpenApiFile } from "./openapi-node.ts";

const READ_REASONS = new Map<string, string>([
  ["ENOENT", "does not exist"],
  ["EISDIR", "is a folder; write the path of a file"],
  ["EACCES", "cannot be read: permission denied"],
]);
const URL_SCHEME = /^[a-z][a-z\d+.-]+:/i;
const WHAT = { name: "an OpenAPI document", example: "openapi: 3.1.0" };

/** Reads the files of an OpenAPI document, each once, and follows its references. */
export class OpenApiFiles {
  readonly #files = new Map<string, OpenApiFile>();

  /** The files that were read, the document first. */
  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** @param from the reference to the file, for errors @throws ConfigError if it cannot be read */
  read(path: string, from?: OpenApiNode): OpenApiNode {
    const key = resolve(path);
    const file = this.#files.get(key) ?? { path, ...parse(path, readText(path, from)) };
    this.#files.set(key, file);
    return new OpenApiNode(file);
  }

  /**
   * The value that a node stands for: that of its reference, if it is one.
   * @throws ConfigError for a reference to nothing, to itself, or to a URL
   */
  resolve(node: OpenApiNode): OpenApiNode {
    const seen = new Set<string>();
    let at = node;
    for (let { reference } = at; reference !== undefined; { reference } = at) {
      if (seen.has(at.id)) throw new ConfigError([at.problem(`${reference} leads back to itself`)]);
      seen.add(at.id);
      at = this.#target(at, reference);
    }
    return at;
  }

  /** What a reference names, which can be a reference itself. */
  #target(node: OpenApiNode, reference: string): OpenApiNode {
    const at = node.child("$ref") ?? node;
    const [path = "", fragment = ""] = reference.split("#", 2);
    if (URL_SCHEME.test(path)) {
      const remedy = "download it, and refer to the file";
      throw new ConfigError([at.problem(`${reference} is a URL, and only local files are read; ${remedy}`)]);
    }
    if (fragment !== "" && !fragment.startsWith("/")) {
      throw new ConfigError([at.problem(`${reference} names an anchor`, "a path, such as #/components/schemas/User")]);
    }
    const root = path === "" ? new OpenApiNode(node.file) : this.read(join(dirname(node.file.path), decoded(path)), at);
    let target: OpenApiNode | undefined = root;
    for (const token of fragment.split("/").slice(1)) target = target?.child(unescapeToken(token));
    if (target !== undefined) return target;
    throw new ConfigError([at.problem(`${reference} does not exist${path === "" ? "" : ` in ${root.file.path}`}`)]);
  }
}

function readText(path: string, from: OpenApiNode | undefined): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = READ_REASONS.get(code) ?? `cannot be read: ${message}`;
    if (from !== undefined) throw new ConfigError([from.problem(`${path} ${reason}`)]);
    throw new ConfigError([{ place: path, field: "", message: reason, allowed: "" }]);
  }
}

/** JSON is YAML too, but its own parser is many times faster; positions are needed for errors only. */
function parse(path: string, text: string): Pick<OpenApiFile, "value" | "place"> {
  const value = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (value === undefined) return readYaml({ path, text }, WHAT);
  let yaml: ReturnType<typeof readYaml> | undefined;
  return { value, place: (keys, of) => (yaml ??= readYaml({ path, text }, WHAT)).place(keys, of) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 6901 §4 and §6. */
function unescapeToken(token: string): string {
  return decoded(token).replaceAll("~1", "/").replaceAll("~0", "~");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
