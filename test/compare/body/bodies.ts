import type { Registry } from "@bufbuild/protobuf";
import { ResponseBody } from "../../../src/compare/response-body.ts";
import { compareBodies } from "../../../src/compare/compare-body.ts";
import { parseContentCodings } from "../../../src/compare/body/decode-content.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import { parseBody, type BodySource } from "../../../src/compare/body/parse-body.ts";
import { parseContentType } from "../../../src/compare/body/content-type.ts";
import { createRedactor } from "../../../src/compare/redact/redactor.ts";
import { KEY } from "../build-exchanges.ts";

const MAX = 16 * 1024 * 1024;

export interface BodyParts {
  readonly type: string;
  readonly coding?: string;
  readonly target?: string;
  readonly grpcEncoding?: string;
  readonly registry?: Registry | undefined;
  readonly maxBytes?: number;
}

function sourceOf({ type, target = "/", grpcEncoding, registry, maxBytes = MAX }: BodyParts): BodySource {
  return { type: parseContentType(type), target, grpcEncoding, registry, maxBytes, stored: undefined };
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? Buffer.from(content) : content;

export function bodyOf(content: string | Uint8Array, parts: BodyParts): ResponseBody {
  const bytes = bytesOf(content);
  return new ResponseBody(
    { bytes, length: bytes.length, tailHash: null },
    parseContentCodings(parts.coding),
    sourceOf(parts),
  );
}

/** `kind path: primary → candidate`, as rendered in a report. */
export function found(
  primary: string | Uint8Array,
  candidate: string | Uint8Array,
  type: string | BodyParts,
): readonly string[] {
  const parts = typeof type === "string" ? { type } : type;
  const redactor = createRedactor(KEY);
  return compareBodies(bodyOf(primary, parts), bodyOf(candidate, parts)).differences.map((difference) => {
    const { kind, path } = difference;
    const sides = difference.detail(redactor);
    return `${kind} ${path}: ${sides.primary} → ${sides.candidate}`;
  });
}

/** The tree, or the form of a body without one. */
export function tree(content: string | Uint8Array, type: string | BodyParts): Json {
  const parsed = parseBody(bytesOf(content), sourceOf(typeof type === "string" ? { type } : type));
  if (parsed.form === "tree") return JSON.parse(JSON.stringify(parsed.value)) as Json;
  return parsed.form === "uncompared" ? parsed.why : parsed.form;
}
