import { parseTree, type Node, type ParseError } from "jsonc-parser";
import { declaredSyntax } from "../../compare/body/media-types.ts";
import { memberText } from "../../compare/tree/body-path.ts";
import { fieldValue } from "../../http/read-header.ts";
import type { ProbeRequest } from "../../model/isolate/probe.ts";
import type { ClearPart, PartChanges } from "./clear-part.ts";

/** A body in parts. */
export interface BodyParts {
  /** Members, elements and form fields, outer ones before those in them. */
  readonly all: readonly ClearPart[];
  /** Called only with changes to parts of the body. */
  readonly build: (changes: PartChanges) => Uint8Array;
}

/** Larger bodies are one block. */
const MAX_BODY_BYTES = 256 * 1024;
/** Parts beyond are left as they are; a probe for each would exceed every limit. */
const MAX_BODY_PARTS = 500;
const MAX_DEPTH = 16;

const NO_PARTS: BodyParts = { all: [], build: () => new Uint8Array() };

/** Divides JSON and form data; other bodies, encoded ones and large ones have no parts. */
export function readBodyParts({ headers, body }: ProbeRequest): BodyParts {
  if (body === null || body.length > MAX_BODY_BYTES) return NO_PARTS;
  if ((fieldValue(headers, "content-encoding") ?? "identity") !== "identity") return NO_PARTS;
  const text = decodeText(body);
  if (text === undefined) return NO_PARTS;
  const mediaType = (fieldValue(headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const syntax = declaredSyntax(mediaType);
  if (syntax === "form") return readForm(text);
  return syntax === "json" || syntax === "unknown" ? readJson(text) : NO_PARTS;
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readForm(text: string): BodyParts {
  const fields = text.split("&").map((written): { written: string; part: ClearPart | undefined } => {
    if (written === "") return { written, part: undefined };
    const equals = written.indexOf("=");
    const name = equals === -1 ? written : written.slice(0, equals);
    return { written, part: { kind: "body", name, value: equals === -1 ? "" : written.slice(equals + 1) } };
  });
  return {
    all: fields.flatMap(({ part }) => part ?? []),
    build: (changes) =>
      encodeText(
        fields
          .flatMap(({ written, part }) => {
            const own = part === undefined ? null : changes.get(part);
            if (own === null) return [];
            return [own === undefined ? written : `${part?.name ?? ""}=${own}`];
          })
          .join("&"),
      ),
  };
}

/** Numbers, repeated members and escapes stay as they are written, so the text is cut and never written again. */
function readJson(text: string): BodyParts {
  const root = parseStrictly(text);
  if (root === undefined) return NO_PARTS;
  const parts = new Map<Node, ClearPart>();
  const levels: { node: Node; path: string; part: ClearPart | undefined }[] = [
    { node: root, path: "$", part: undefined },
  ];
  for (let level = levels; level.length > 0 && parts.size < MAX_BODY_PARTS;) {
    const next: typeof levels = [];
    for (const { node, path, part: parent } of level) {
      for (const { key, value } of childrenOf(node)) {
        if (parts.size >= MAX_BODY_PARTS) break;
        const name = path + (typeof key === "number" ? `[${key}]` : memberText(key));
        const part: ClearPart = { kind: "body", name, value: sourceOf(text, value), parent };
        parts.set(value, part);
        next.push({ node: value, path: name, part });
      }
    }
    level = next;
  }
  return { all: [...parts.values()], build: (changes) => encodeText(writeNode(root, { text, parts, changes })) };
}

function parseStrictly(text: string): Node | undefined {
  if (!/^\s*[{[]/.test(text) || nestsTooDeep(text)) return undefined;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors.length === 0 ? root : undefined;
}

/** A parser that calls itself must not meet thousands of brackets. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function childrenOf(
  node: Node,
): readonly { readonly key: string | number; readonly value: Node; readonly whole: Node }[] {
  const children = node.children ?? [];
  if (node.type === "array") return children.map((value, key) => ({ key, value, whole: value }));
  if (node.type !== "object") return [];
  return children.flatMap((whole) => {
    const [key, value] = whole.children ?? [];
    return key === undefined || value === undefined ? [] : [{ key: String(key.value), value, whole }];
  });
}

function sourceOf(text: string, { offset, length }: Node): string {
  return text.slice(offset, offset + length);
}

interface WriteContext {
  readonly text: string;
  readonly parts: ReadonlyMap<Node, ClearPart>;
  readonly changes: PartChanges;
}

function writeNode(node: Node, context: WriteContext): string {
  const { text, parts, changes } = context;
  const part = parts.get(node);
  const own = part === undefined ? undefined : changes.get(part);
  if (typeof own === "string") return own;
  const children = childrenOf(node);
  if (children.length === 0) return sourceOf(text, node);
  const written = children.flatMap(({ value, whole }) => {
    const child = parts.get(value);
    if (child !== undefined && changes.get(child) === null) return [];
    const key = whole === value ? "" : text.slice(whole.offset, value.offset);
    return [key + writeNode(value, context)];
  });
  return node.type === "array" ? `[${written.join(",")}]` : `{${written.join(",")}}`;
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
