import type { NamedMatch, RequestMatch, StringMatch } from "../../model/routing.ts";
import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";
import type { KubernetesDocument } from "../kubernetes/kubernetes-documents.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { nearest } from "../values/suggest.ts";
import { text } from "../kubernetes/scalar-fields.ts";

/** VirtualServices without hosts of their own: routes of others delegate to them. */
export class Delegates {
  readonly #byName: ReadonlyMap<string, KubernetesDocument>;
  readonly #used = new Set<KubernetesDocument>();

  /** @param services VirtualServices, those with hosts too */
  constructor(services: readonly KubernetesDocument[]) {
    this.#byName = new Map(
      services
        .filter(isDelegate)
        .map((document) => [keyOf(document.metadata.name, document.metadata.namespace), document]),
    );
  }

  /**
   * @param field `delegate` of a route
   * @param namespace of that route
   * @returns undefined where there is none, which is said at the field
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

  /** Says it at each of them that no route delegates to: its hosts may have been forgotten. */
  reportUnused(): void {
    for (const document of this.#byName.values()) {
      if (this.#used.has(document)) continue;
      document.spec.error("missing: hosts; only a VirtualService that another one delegates to can omit them");
      // Without hosts nothing else of it counts.
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
 * What a route that was delegated to takes: each of its matches must be a part of one of the delegating route's, and both
 * hold then.
 * @returns null when one is not: the route makes none then
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
    headers: joined(root.headers, own.headers),
    withoutHeaders: joined(root.withoutHeaders, own.withoutHeaders),
    queryParams: joined(root.queryParams, own.queryParams),
    port: own.port ?? root.port,
  };
}

/** By name; where both have one, the own condition is the narrower one. */
function joined(root: readonly NamedMatch[], own: readonly NamedMatch[]): readonly NamedMatch[] {
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

/** As Istio judges it: where both have a condition, of an exact text or a prefix; no regular expression is known to be. */
function isNarrower(own: StringMatch | undefined, root: StringMatch | undefined): boolean {
  if (own === undefined || root === undefined) return true;
  if (root.type === "exact") return own.type === "exact" && own.value === root.value;
  const isText = own.type === "exact" || own.type === "prefix";
  return root.type === "prefix" && isText && own.value.startsWith(root.value);
}
