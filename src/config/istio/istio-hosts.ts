import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";

const CLUSTER_DOMAIN = "svc.cluster.local";
const CLUSTER_NAME = /^(?<name>[^.*]+)\.(?<namespace>[^.]+)\.svc(?:\.cluster\.local)?$/;

/** A service of a cluster. */
interface Service {
  readonly name: string;
  readonly namespace: string;
}

/**
 * @param namespace the namespace of the document, for names without dots
 * @returns undefined for names outside the cluster
 */
function serviceOf(host: string, namespace: string | undefined): Service | undefined {
  const { name, namespace: own } = CLUSTER_NAME.exec(host)?.groups ?? {};
  if (name !== undefined && own !== undefined) return { name, namespace: own };
  return host.includes(".") || host.includes("*")
    ? undefined
    : { name: host, namespace: namespace ?? ISTIO_DEFAULT_NAMESPACE };
}

/**
 * All names of a host, the full name first: `httpbin` is `httpbin.default.svc.cluster.local`,
 * `httpbin.default.svc`, `httpbin.default` and `httpbin`. A name outside the cluster has no other names.
 */
export function namesOf(host: string, namespace: string | undefined): readonly [string, ...string[]] {
  const lower = host.toLowerCase();
  const service = serviceOf(lower, namespace);
  if (service === undefined) return [lower];
  const short = `${service.name}.${service.namespace}`;
  return [`${short}.${CLUSTER_DOMAIN}`, `${short}.svc`, short, service.name];
}

/** Whether a name, `*.suffix` or `*` covers all names that another one matches. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** The specificity of a host, the smallest first: names, then longer wildcards, then shorter ones. */
export function rankOf(host: string): number {
  return host.startsWith("*") ? MOST_CHARACTERS - host.length : 0;
}

/** Longer than any host (RFC 1035 §2.3.4). */
const MOST_CHARACTERS = 1000;

const HOST = /^(?:\*|(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)$/i;

/** Whether the text is a host name, `*.suffix` or `*`. */
export function isHost(host: string): boolean {
  return HOST.test(host);
}
