import { LineCounter, parseAllDocuments, type Document as YamlDocument } from "yaml";
import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";
import type { Diagnostics } from "./diagnostic.ts";
import { DocumentField, type DocumentSource } from "./document-field.ts";
import { syntaxProblem } from "../yaml-syntax.ts";
import { nearest } from "../values/suggest.ts";
import { text } from "./scalar-fields.ts";

/** The identity of a document. */
export interface Metadata {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** A file with documents. */
export interface KubernetesFile {
  /** The path for diagnostics. */
  readonly path: string;
  readonly text: string;
}

export type DocumentKind =
  | "VirtualService"
  | "DestinationRule"
  | "Gateway"
  | "RouteRule"
  | "HTTPRoute"
  | "GRPCRoute"
  | "KubernetesGateway";

/** A document of a supported kind. */
export interface KubernetesDocument {
  readonly kind: DocumentKind;
  readonly metadata: Metadata;
  readonly spec: DocumentField;
  /** The root of the document. */
  readonly root: DocumentField;
}

const ISTIO = ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"];
const GATEWAY_API = ["v1", "v1beta1", "v1alpha2"].map((version) => `gateway.networking.k8s.io/${version}`);

const KINDS: ReadonlyMap<string, { readonly kind: DocumentKind; readonly versions: readonly string[] }> = new Map([
  ["networking.istio.io/VirtualService", { kind: "VirtualService", versions: ISTIO }],
  ["networking.istio.io/DestinationRule", { kind: "DestinationRule", versions: ISTIO }],
  ["networking.istio.io/Gateway", { kind: "Gateway", versions: ISTIO }],
  ["config.istio.io/RouteRule", { kind: "RouteRule", versions: ["config.istio.io/v1alpha2"] }],
  ["gateway.networking.k8s.io/HTTPRoute", { kind: "HTTPRoute", versions: GATEWAY_API }],
  ["gateway.networking.k8s.io/GRPCRoute", { kind: "GRPCRoute", versions: GATEWAY_API }],
  ["gateway.networking.k8s.io/Gateway", { kind: "KubernetesGateway", versions: GATEWAY_API }],
]);

/** Reads the supported documents of all files. Of several with the same name the last one applies, like `kubectl apply`. */
export function readDocuments(
  files: readonly KubernetesFile[],
  diagnostics: Diagnostics,
): readonly KubernetesDocument[] {
  const byName = new Map<string, KubernetesDocument>();
  for (const document of files.flatMap((file) => documentsOf(file, diagnostics))) {
    const { kind, metadata, root } = document;
    // Documents without a name never replace each other.
    const name =
      metadata.name === undefined ? root.place : `${metadata.namespace ?? ISTIO_DEFAULT_NAMESPACE}/${metadata.name}`;
    const key = `${kind} ${name}`;
    const earlier = byName.get(key);
    if (earlier !== undefined) root.warn(`replaces the document of the same name at ${earlier.root.place}`);
    byName.delete(key);
    byName.set(key, document);
  }
  return [...byName.values()];
}

function documentsOf(file: KubernetesFile, diagnostics: Diagnostics): readonly KubernetesDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, prettyErrors: false });
  const documents: readonly YamlDocument[] = Array.isArray(parsed) ? parsed : [];
  return documents.flatMap((document) => {
    const source = (): DocumentSource => ({
      path: file.path,
      document,
      lines,
      diagnostics,
      title: "",
      visited: new Set(),
      skipped: new Set(),
      readNames: new Map(),
    });
    const problems = [...document.errors, ...document.warnings];
    for (const problem of problems) {
      const { line, col } = lines.linePos(problem.pos[0]);
      const place = `${file.path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
      diagnostics.add({ severity: "error", place, field: "", ...syntaxProblem(problem, file.text) });
    }
    if (problems.length > 0 || document.contents === null) return [];
    const root = new DocumentField(source(), document.contents, "");
    return root.empty ? [] : items(root, source);
  });
}

/** The documents of a List, the output of `kubectl get -o yaml`, or the document itself. */
function items(root: DocumentField, source: () => DocumentSource): readonly KubernetesDocument[] {
  if (!root.isMapping || text(root.child("kind")) !== "List") return recognizeDocument(root);
  return (root.child("items")?.nodes() ?? []).flatMap((node) =>
    recognizeDocument(new DocumentField(source(), node, "")),
  );
}

function recognizeDocument(root: DocumentField): readonly KubernetesDocument[] {
  if (!root.isMapping) {
    root.error("not a Kubernetes document", "a mapping with apiVersion, kind and spec");
    return [];
  }
  const versionField = root.child("apiVersion");
  const version = text(versionField);
  const kindField = root.child("kind");
  const kind = text(kindField);
  const metadata = metadataOf(root);
  root.setTitle([kind ?? "document", metadata.name].filter((part) => part !== undefined).join("/"));
  const known = KINDS.get(`${version?.split("/", 1)[0]}/${kind}`);
  if (kind === undefined || version === undefined) {
    root.error("missing: apiVersion and kind", "a complete Istio or Gateway API document");
    return [];
  }
  const meant = known === undefined ? nearest(`${version.split("/", 1)[0]}/${kind}`, [...KINDS.keys()]) : undefined;
  if (meant !== undefined) {
    kindField?.error(`unknown kind "${kind}"; did you mean "${KINDS.get(meant)?.kind}"?`);
    return [];
  }
  if (known === undefined) {
    const istio = /(?:istio\.io|gateway\.networking\.k8s\.io)\//.test(version);
    if (istio) kindField?.warn(`ignored: ${kind} of ${version} is not supported`);
    else kindField?.note(`ignored: ${kind} does not define routes`);
    return [];
  }
  if (!known.versions.includes(version)) {
    versionField?.warn(`not one of ${known.versions.join(", ")}; read anyway`);
  }
  root.child("status")?.skip();
  const spec = root.child("spec");
  if (spec === undefined) root.error("missing: spec");
  return spec === undefined ? [] : [{ kind: known.kind, metadata, spec, root }];
}

/** Labels, annotations and the other fields have no effect outside a cluster. */
function metadataOf(document: DocumentField): Metadata {
  const field = document.child("metadata");
  const found = { name: text(field?.child("name")), namespace: text(field?.child("namespace")) };
  field?.skip();
  return found;
}
