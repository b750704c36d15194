import { accessSync, constants } from "node:fs";
import type { Subset, UpstreamTls } from "../../model/routing.ts";
import type { Problem } from "../config-error.ts";
import type { NativeDocument } from "../config-document.ts";
import { problemAt } from "../values/schema-issues.ts";
import type { Settings } from "../options/settings.ts";
import { withContent } from "./tls-content.ts";
import type { SubsetDocument } from "./subset-schema.ts";

type TlsDocument = NonNullable<SubsetDocument["tls"]>;
type TlsFiles = { readonly [File in "ca" | "cert" | "key"]?: string | undefined };
type Path = readonly (string | number)[];

/** The versions as the program uses them, by name. */
export function resolveSubsets(
  documents: Readonly<Record<string, SubsetDocument>>,
  settings: Settings,
): ReadonlyMap<string, Subset> {
  return new Map(
    Object.entries(documents).map(([name, { url, urls = [], tls, protocol }]): [string, Subset] => [
      name,
      {
        name,
        urls: url === undefined ? urls : [url],
        tls: tls && resolveTls(tls, ["subsets", name, "tls"], settings),
        protocol,
      },
    ]),
  );
}

function resolveTls({ ca, cert, key, ...rest }: TlsDocument, path: Path, settings: Settings): UpstreamTls {
  const file = (name: string, written: string | undefined): string | undefined =>
    written === undefined ? undefined : settings.file([...path, name], written);
  return withContent({
    caFile: file("ca", ca),
    certFile: file("cert", cert),
    keyFile: file("key", key),
    serverName: rest.serverName,
    insecureSkipVerify: rest.insecureSkipVerify,
  });
}

/** What is wrong between the fields of one version. */
export function subsetProblems({ url, urls, tls }: SubsetDocument, path: Path, settings: Settings): readonly Problem[] {
  const at = (field: string, message: string, allowed = ""): Problem =>
    problemAt(settings, [...path, field], message, allowed);
  if (url !== undefined && urls !== undefined) return [at("urls", "url and urls cannot stand together; keep one")];
  if (url === undefined && urls === undefined) return [at("url", "missing", "http://host:port or https://host:port")];
  if (urls?.length === 0) return [at("urls", "the list is empty", "at least one URL")];
  const plain = [...(urls ?? []), url].find((one) => one?.startsWith("http:") === true);
  if (tls === undefined) return [];
  return [
    ...(plain === undefined ? [] : [at("tls", `${plain} is not encrypted; write https, or remove tls`)]),
    ...pairProblems(tls, [...path, "tls"], settings),
  ];
}

/** A certificate is of no use without its key. */
export function pairProblems(
  { cert, key }: { readonly cert?: string | undefined; readonly key?: string | undefined },
  path: Path,
  settings: Settings,
): readonly Problem[] {
  if ((cert === undefined) === (key === undefined)) return [];
  const [missing, given] = cert === undefined ? ["cert", "key"] : ["key", "cert"];
  return [
    problemAt(settings, [...path, missing], `missing: ${given} stands here without it`, "the path of a PEM file"),
  ];
}

/** Which PEM files cannot be read. */
export function unreadableFiles(
  { listenTls, subsets }: { readonly listenTls: TlsFiles; readonly subsets: NativeDocument["subsets"] },
  settings: Settings,
): readonly Problem[] {
  const all: readonly (readonly [Path, TlsFiles | undefined])[] = [
    [["listenTls"], listenTls],
    ...Object.entries(subsets).map(([name, { tls }]) => [["subsets", name, "tls"], tls] as const),
  ];
  return all.flatMap(([path, files]) =>
    (["ca", "cert", "key"] as const).flatMap((field) => unreadable([...path, field], files?.[field], settings)),
  );
}

function unreadable(path: Path, written: string | undefined, settings: Settings): readonly Problem[] {
  if (written === undefined) return [];
  const file = settings.file(path, written);
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    return [
      problemAt(settings, path, `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`),
    ];
  }
}
