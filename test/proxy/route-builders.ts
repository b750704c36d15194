import type { ForwardedConfig, RequestsConfig } from "../../src/model/config.ts";
import type {
  Destination,
  Forward,
  HeaderOperations,
  MirrorPolicy,
  RequestMatch,
  Route,
  Subset,
} from "../../src/model/routing.ts";

/** The defaults of a listener. */
export const REQUESTS: RequestsConfig = {
  maxHeadBytes: 16 * 1024,
  nonAsciiTargets: "reject",
  defaultHost: undefined,
};
export const FORWARDED: ForwardedConfig = { mode: "off", headers: [], trusted: [] };

export const NO_OPERATIONS: HeaderOperations = { set: [], add: [], remove: [] };

export function subset(name: string, ...urls: readonly string[]): Subset {
  return { name, urls, tls: undefined };
}

export function destination(to: Subset, more: Partial<Destination> = {}): Destination {
  return { subset: to, weight: 100, requestHeaders: NO_OPERATIONS, responseHeaders: NO_OPERATIONS, ...more };
}

/** Builds a match; omitted conditions match everything. */
export function match(conditions: Partial<RequestMatch>): RequestMatch {
  return {
    name: undefined,
    uri: undefined,
    ignoreUriCase: false,
    scheme: undefined,
    method: undefined,
    authority: undefined,
    headers: [],
    withoutHeaders: [],
    queryParams: [],
    port: undefined,
    ...conditions,
  };
}

export function policy(to: Subset, more: Partial<MirrorPolicy> = {}): MirrorPolicy {
  return {
    subset: to,
    percent: 100,
    sticky: undefined,
    methods: new Set(["GET", "HEAD", "OPTIONS"]),
    timeoutMs: 1_000,
    maxInFlight: 100,
    maxBufferedBytes: 16 * 1024 * 1024,
    host: { type: "keep" },
    requestHeaders: NO_OPERATIONS,
    breaker: undefined,
    ...more,
  };
}

export function forward(primaries: readonly Destination[], more: Partial<Forward> = {}): Forward {
  return {
    type: "forward",
    destinations: primaries,
    sticky: undefined,
    rewrite: undefined,
    requestHeaders: NO_OPERATIONS,
    responseHeaders: NO_OPERATIONS,
    timeoutMs: undefined,
    retries: undefined,
    fault: undefined,
    cors: undefined,
    candidates: [],
    secondary: undefined,
    ...more,
  };
}

export function route(name: string, action: Route["action"], more: Partial<Route> = {}): Route {
  return { name, hosts: [], matches: [], action, ...more };
}
