import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";

const CLUSTER_DOMAIN = "svc.cluster.local";
const CLUSTER_NAME = /^(?<name>[^.*]+)\.(?<namespace>[^.]+)\.svc(?:\.cluster\.local)?$/;

/** A service of a cluster, as far as a name can tell one. */
interface Service {
  readonly name: string;
  readonly namespace: string;
}

/**
 * @param namespace of the document that names the host: a name without dots belongs there
 * @returns the service, undefined for names outside of a cluster
 */
function serviceOf(host: string, namespace: string | undefined): Service | undefined {
  const { name, namespace: own } = CLUSTER_NAME.exec(host)?.groups ?? {};
  if (name !== undefined && own !== undefined) return { name, namespace: own };
  return host.includes(".") || host.includes("*")
    ? undefined
    : { name: host, namespace: namespace ?? ISTIO_DEFAULT_NAMESPACE };
}

/**
 * All the names by which clients may call a host, the full one first: `httpbin` is `httpbin.default.svc.cluster.local`,
 * `httpbin.default.svc`, `httpbin.default` and `httpbin`. A name outside of a cluster has only itself.
 */
export function namesOf(host: string, namespace: string | undefined): readonly [string, ...string[]] {
  const lower = host.toLowerCase();
  const service = serviceOf(lower, namespace);
  if (service === undefined) return [lower];
  const short = `${service.name}.${service.namespace}`;
  return [`${short}.${CLUSTER_DOMAIN}`, `${short}.svc`, short, service.name];
}

/** @returns whether the pattern, a name, `*.suffix` or `*`, covers every name that the other one stands for */
export function covers(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** Names come before wildcards, and of these the longer ones: a smaller rank is more specific. */
export function rankOf(host: string): number {
  return host.startsWith("*") ? MOST_CHARACTERS - host.length : 0;
}

/** RFC 1035 §2.3.4, and more than enough. */
const MOST_CHARACTERS = 1000;

const HOST = /^(?:\*|(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)$/i;

/** Whether it is a name, `*.suffix` or `*`. */
export function isHost(host: string): boolean {
  return HOST.test(host);
}
