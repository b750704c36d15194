import type { Registry } from "@bufbuild/protobuf";
import { Body, bodyFindings } from "../../../src/compare/compare-body.ts";
import { codingsOf } from "../../../src/compare/body/decode-content.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import { lift, type LiftSource } from "../../../src/compare/body/parse-body.ts";
import { parseContentType } from "../../../src/compare/body/content-type.ts";
import { createRedactor } from "../../../src/compare/redact/body-redactor.ts";
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

function sourceOf({ type, target = "/", grpcEncoding, registry, maxBytes = MAX }: BodyParts): LiftSource {
  return { type: parseContentType(type), target, grpcEncoding, registry, maxBytes, stored: undefined };
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? Buffer.from(content) : content;

function bodyOf(content: string | Uint8Array, parts: BodyParts): Body {
  const bytes = bytesOf(content);
  return new Body({ bytes, length: bytes.length, tailHash: null }, codingsOf(parts.coding), sourceOf(parts));
}

/** `kind path: primary → candidate`, as a person sees them. */
export function found(
  primary: string | Uint8Array,
  candidate: string | Uint8Array,
  type: string | BodyParts,
): readonly string[] {
  const parts = typeof type === "string" ? { type } : type;
  const redactor = createRedactor(KEY);
  return bodyFindings(bodyOf(primary, parts), bodyOf(candidate, parts)).findings.map((finding) => {
    const { kind, path } = finding;
    const sides = finding.detail(redactor);
    return `${kind} ${path}: ${sides.primary} → ${sides.candidate}`;
  });
}

/** The tree, or the form when there is none. */
export function tree(content: string | Uint8Array, type: string | BodyParts): Json {
  const lifted = lift(bytesOf(content), sourceOf(typeof type === "string" ? { type } : type));
  if (lifted.form === "tree") return JSON.parse(JSON.stringify(lifted.value)) as Json;
  return lifted.form === "uncompared" ? lifted.why : lifted.form;
}
