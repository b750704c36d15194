import type { NamedMatch, RequestMatch, StringMatch } from "../../model/routing.ts";
import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";
import type { KubernetesDocument } from "../kubernetes/kubernetes-documents.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { nearest } from "../values/suggest.ts";
import { text } from "../kubernetes/scalar-fields.ts";

/** VirtualServices without hosts, to which routes of others delegate. */
export class Delegates {
  readonly #byName: ReadonlyMap<string, KubernetesDocument>;
  readonly #used = new Set<KubernetesDocument>();

  /** @param services all VirtualServices, including those with hosts */
  constructor(services: readonly KubernetesDocument[]) {
    this.#byName = new Map(
      services
        .filter(isDelegate)
        .map((document) => [keyOf(document.metadata.name, document.metadata.namespace), document]),
    );
  }

  /**
   * @param field the field `delegate` of a route
   * @param namespace the namespace of that route
   * @returns undefined, and a diagnostic at the field, if there is none
   */
  find(field: DocumentField, namespace: string | undefined): KubernetesDocument | undefined {
    const name = text(field.child("name"));
    const key = keyOf(name, text(field.child("namespace")) ?? namespace);
    const found = this.#byName.get(key);
    if (name === undefined) field.error("missing: name");
    else if (found === undefined) {
      const names = [...this.#byName.keys()];
      const meant = nearest(key, names);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      field.error(`no VirtualService ${key} without hosts in the documents${hint}`, names.join(", "));
    } else this.#used.add(found);
    return found;
  }

  /** Reports delegates that no route uses, which may have lost their hosts. */
  reportUnused(): void {
    for (const document of this.#byName.values()) {
      if (this.#used.has(document)) continue;
      document.spec.error("missing: hosts; only a VirtualService that another one delegates to can omit them");
      // Without hosts, further diagnostics are noise.
      document.spec.skip();
    }
  }
}

export function isDelegate({ spec }: KubernetesDocument): boolean {
  const hosts = spec.child("hosts");
  return hosts === undefined || (hosts.isList && hosts.nodes().length === 0);
}

function keyOf(name: string | undefined, namespace = ISTIO_DEFAULT_NAMESPACE): string {
  return `${namespace}/${name ?? ""}`;
}

/**
 * Combines the matches of a delegating route and of a route of its delegate. Each match of the latter must be a subset of one of
 * the former.
 * @returns null if one is not; the route is ignored then
 */
export function mergeMatches(
  root: readonly RequestMatch[],
  own: readonly RequestMatch[],
): readonly RequestMatch[] | null {
  if (root.length === 0) return own;
  if (own.length === 0) return root;
  const merged = own.map((match) =>
    root.filter((wider) => isPartOf(match, wider)).map((wider) => mergeMatch(wider, match)),
  );
  return merged.every((matches) => matches.length > 0) ? merged.flat() : null;
}

function mergeMatch(root: RequestMatch, own: RequestMatch): RequestMatch {
  return {
    name: [root.name, own.name].filter((name) => name !== undefined).join("-") || undefined,
    uri: own.uri ?? root.uri,
    ignoreUriCase: own.ignoreUriCase,
    scheme: own.scheme ?? root.scheme,
    method: own.method ?? root.method,
    authority: own.authority ?? root.authority,
    headers: mergeNamedMatches(root.headers, own.headers),
    withoutHeaders: mergeNamedMatches(root.withoutHeaders, own.withoutHeaders),
    queryParams: mergeNamedMatches(root.queryParams, own.queryParams),
    port: own.port ?? root.port,
  };
}

/** Merges by name. If both have a condition, that of the delegate is narrower. */
function mergeNamedMatches(root: readonly NamedMatch[], own: readonly NamedMatch[]): readonly NamedMatch[] {
  return [...root.filter(({ name }) => !own.some((other) => other.name === name)), ...own];
}

function isPartOf(own: RequestMatch, root: RequestMatch): boolean {
  return (
    isNarrower(own.uri, root.uri) &&
    isNarrower(own.scheme, root.scheme) &&
    isNarrower(own.method, root.method) &&
    isNarrower(own.authority, root.authority) &&
    areNarrower(own.headers, root.headers) &&
    areNarrower(own.withoutHeaders, root.withoutHeaders) &&
    areNarrower(own.queryParams, root.queryParams) &&
    (own.uri === undefined || root.uri === undefined || own.ignoreUriCase === root.ignoreUriCase) &&
    (own.port === undefined || root.port === undefined || own.port === root.port)
  );
}

function areNarrower(own: readonly NamedMatch[], root: readonly NamedMatch[]): boolean {
  return own.every(({ name, match }) => isNarrower(match, root.find((other) => other.name === name)?.match));
}

/** Whether a condition is narrower, by Istio's rules: only exact and prefix are comparable, regular expressions are not. */
function isNarrower(own: StringMatch | undefined, root: StringMatch | undefined): boolean {
  if (own === undefined || root === undefined) return true;
  if (root.type === "exact") return own.type === "exact" && own.value === root.value;
  const isText = own.type === "exact" || own.type === "prefix";
  return root.type === "prefix" && isText && own.value.startsWith(root.value);
}
