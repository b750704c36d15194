import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import type * as descriptorSets from "../lib/protobuf-descriptor-set.ts";
import type { UpstreamTls } from "../model/routing.ts";
import type { CommonDocument, NativeDocument } from "./config-document.ts";
import type { Problem } from "./config-error.ts";
import type { FieldPath } from "./options/option.ts";
import type { Settings } from "./options/settings.ts";
import { problemAt } from "./values/schema-issues.ts";

// Protocol Buffers are 10 MB of code, and few configurations name a descriptor set.
const load = createRequire(import.meta.url);
const DESCRIPTOR_SET = ["compare", "descriptorSet"] as const;
const DESCRIPTOR_SET_ALLOWED =
  "a FileDescriptorSet as written by `protoc --include_imports --descriptor_set_out=FILE` or `buf build -o FILE`";

type TlsFiles = { readonly [Name in "ca" | "cert" | "key"]?: string | undefined };

/** `check` can run on another machine than `serve`: files that cannot be read are warnings then, not errors. */
export type Purpose = "serve" | "check";

/** The path of the descriptor set, relative to the document; undefined if the document names none. */
export function descriptorSetFile({ compare }: CommonDocument, settings: Settings): string | undefined {
  return compare.descriptorSet === undefined ? undefined : settings.file(DESCRIPTOR_SET, compare.descriptorSet);
}

/** Problems of the descriptor set. */
export function descriptorSetProblems(document: CommonDocument, settings: Settings): readonly Problem[] {
  const file = descriptorSetFile(document, settings);
  if (file === undefined) return [];
  try {
    const { readDescriptorSet } = load(
      `../lib/protobuf-descriptor-set${extname(import.meta.filename)}`,
    ) as typeof descriptorSets;
    readDescriptorSet(file);
    return [];
  } catch (error) {
    return [problemAt(settings, DESCRIPTOR_SET, (error as Error).message, DESCRIPTOR_SET_ALLOWED)];
  }
}

/** Problems of the PEM files of the listener and of the subsets. */
export function pemFileProblems(
  { listenTls, subsets }: { readonly listenTls: TlsFiles; readonly subsets: NativeDocument["subsets"] },
  settings: Settings,
): readonly Problem[] {
  const all: readonly (readonly [FieldPath, TlsFiles | undefined])[] = [
    [["listenTls"], listenTls],
    ...Object.entries(subsets).map(([name, { tls }]) => [["subsets", name, "tls"], tls] as const),
  ];
  return all.flatMap(([path, files]) =>
    (["ca", "cert", "key"] as const).flatMap((field) => unreadable([...path, field], files?.[field], settings)),
  );
}

function unreadable(path: FieldPath, written: string | undefined, settings: Settings): readonly Problem[] {
  if (written === undefined) return [];
  const problem = unreadableProblem(settings.file(path, written));
  return problem === undefined ? [] : [problemAt(settings, path, problem)];
}

/** @returns `FILE cannot be read: ENOENT`; undefined for a readable file */
export function unreadableProblem(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}

/**
 * Adds a digest of the TLS files. After a reload, a subset whose files have changed is a different one, and its connections are
 * opened again.
 */
export function withFileDigest(tls: UpstreamTls): UpstreamTls {
  const files = [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== undefined);
  if (files.length === 0) return tls;
  try {
    const hash = createHash("sha256");
    for (const file of files) hash.update(readFileSync(file)).update("\0");
    return { ...tls, content: hash.digest("hex") };
  } catch {
    // `pemFileProblems` and the client report an unreadable file.
    return tls;
  }
}
