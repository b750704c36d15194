import type { Subset, UpstreamTls } from "../../model/routing.ts";
import type { Problem } from "../config-error.ts";
import type { FieldPath } from "../options/option.ts";
import type { Settings } from "../options/settings.ts";
import { withFileDigest } from "../referenced-files.ts";
import { problemAt } from "../values/schema-issues.ts";
import type { SubsetDocument } from "./subset-schema.ts";

type TlsDocument = NonNullable<SubsetDocument["tls"]>;

/** The subsets by name, with resolved files. */
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

function resolveTls({ ca, cert, key, ...rest }: TlsDocument, path: FieldPath, settings: Settings): UpstreamTls {
  const file = (name: string, written: string | undefined): string | undefined =>
    written === undefined ? undefined : settings.file([...path, name], written);
  return withFileDigest({
    caFile: file("ca", ca),
    certFile: file("cert", cert),
    keyFile: file("key", key),
    serverName: rest.serverName,
    insecureSkipVerify: rest.insecureSkipVerify,
  });
}

/** Conflicts between the fields of a subset. */
export function subsetProblems(
  { url, urls, tls }: SubsetDocument,
  path: FieldPath,
  settings: Settings,
): readonly Problem[] {
  const at = (field: string, message: string, allowed = ""): Problem =>
    problemAt(settings, [...path, field], message, allowed);
  if (url !== undefined && urls !== undefined) return [at("urls", "url and urls are mutually exclusive")];
  if (url === undefined && urls === undefined) return [at("url", "missing", "http://host:port or https://host:port")];
  if (urls?.length === 0) return [at("urls", "the list is empty", "at least one URL")];
  const plain = [...(urls ?? []), url].find((one) => one?.startsWith("http:") === true);
  if (tls === undefined) return [];
  return [
    ...(plain === undefined ? [] : [at("tls", `${plain} is not encrypted; write https, or remove tls`)]),
    ...certificatePairProblems(tls, [...path, "tls"], settings),
  ];
}

/** A certificate and its key require each other. */
export function certificatePairProblems(
  { cert, key }: { readonly cert?: string | undefined; readonly key?: string | undefined },
  path: FieldPath,
  settings: Settings,
): readonly Problem[] {
  if ((cert === undefined) === (key === undefined)) return [];
  const [missing, present] = cert === undefined ? ["cert", "key"] : ["key", "cert"];
  return [problemAt(settings, [...path, missing], `missing; ${present} requires it`, "the path of a PEM file")];
}
