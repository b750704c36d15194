import type { VerdictSampling } from "./control.ts";

/** A condition on one string of a request. */
export type StringMatch =
  | { readonly type: "exact"; readonly value: string }
  /** A string prefix: `/foo` matches `/foobar`. */
  | { readonly type: "prefix"; readonly value: string }
  /** A prefix of path elements, as in Gateway API: `/foo` matches `/foo` and `/foo/bar`, but not `/foobar`. */
  | { readonly type: "path-prefix"; readonly value: string }
  /** RE2 syntax; must match the entire string. */
  | { readonly type: "regex"; readonly source: string }
  /** Any value, including an empty one. */
  | { readonly type: "present" };

export interface NamedMatch {
  /** A header name in lower case, or a query parameter name in its original case. */
  readonly name: string;
  readonly match: StringMatch;
}

/** Conditions on a request; all must hold. */
export interface RequestMatch {
  readonly name: string | undefined;
  /** Matches the path of the request target without its query, byte by byte. */
  readonly uri: StringMatch | undefined;
  /** Applies only to `exact` and `prefix` of `uri`. */
  readonly ignoreUriCase: boolean;
  readonly scheme: StringMatch | undefined;
  readonly method: StringMatch | undefined;
  /** The Host field (HTTP/1.1) or :authority (HTTP/2), in lower case. */
  readonly authority: StringMatch | undefined;
  readonly headers: readonly NamedMatch[];
  /** None of these must match; a missing header counts as empty. */
  readonly withoutHeaders: readonly NamedMatch[];
  readonly queryParams: readonly NamedMatch[];
  /** Port of the listener. */
  readonly port: number | undefined;
}

/** Applied in the order set, add, remove. Names are sent in the case given here. */
export interface HeaderOperations {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** The part of a request that sticky assignment hashes, so that a client always gets the same destination. */
export type StickyKey =
  | { readonly type: "header"; readonly name: string }
  | { readonly type: "cookie"; readonly name: string }
  | { readonly type: "query"; readonly name: string };

/** TLS settings of the connections to a subset. */
export interface UpstreamTls {
  /** PEM files. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** The name in the certificate. Default: the host of the URL. */
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  /** Hash of the contents of the files at the time the configuration was loaded. */
  readonly content?: string | undefined;
}

export type UpstreamProtocol = "http1" | "h2";

/** A version of the service. */
export interface Subset {
  readonly name: string;
  /** Origins, `http://host:port` or `https://host:port`, balanced round-robin. */
  readonly urls: readonly string[];
  readonly tls: UpstreamTls | undefined;
  /**
   * Default: `http1`. `h2` uses ALPN for https and prior knowledge for http. It is not negotiated per leg, because a
   * difference of protocol would distort the comparison of latencies.
   */
  readonly protocol?: UpstreamProtocol | undefined;
}

export interface Destination {
  readonly subset: Subset;
  /** The share of this destination is weight / sum of weights. A single destination gets all requests. */
  readonly weight: number;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
}

export interface Rewrite {
  readonly uri: UriRewrite | undefined;
  /** The new value of Host or :authority. */
  readonly authority: string | undefined;
}

export type UriRewrite =
  /** Replaces the part matched by `prefix` or `path-prefix`, or the entire path for other matches. */
  | { readonly type: "replace"; readonly value: string }
  /** RE2; replaces every match. `\1` refers to a capture group. */
  | { readonly type: "regex"; readonly source: string; readonly replacement: string };

/** Which legs a fault is injected into. */
type FaultTarget = "primary" | "candidate" | "both";

export interface Fault {
  readonly on: FaultTarget;
  readonly delay: { readonly percent: number; readonly ms: number } | undefined;
  readonly abort:
    | {
        readonly percent: number;
        readonly status: number;
        /** The gRPC status code for gRPC clients, instead of `status`. */
        readonly grpcStatus?: number | undefined;
      }
    | undefined;
}

/** A failed attempt is retried only for safe methods, or if the connection could not be opened. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly attempts: number;
  readonly perTryTimeoutMs: number | undefined;
}

export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
  readonly allowCredentials: boolean;
}

/** The Host header of mirrored requests: the client's, a fixed one, or the client's with `-shadow` before the port. */
export type HostPolicy =
  | { readonly type: "keep" }
  | { readonly type: "literal"; readonly host: string }
  | { readonly type: "shadow" };

/** After `failures` consecutive failures the breaker drops requests for `openMs` (`breaker`), then lets one probe through. */
export interface BreakerPolicy {
  readonly failures: number;
  readonly openMs: number;
}

/** Which requests are mirrored to a candidate, and within which limits. */
export interface MirrorPolicy {
  readonly subset: Subset;
  /** Percentage of the requests with an allowed method: 0–100 in steps of 0.0001. */
  readonly percent: number;
  /** Samples by the hash of this key. Requests without the key are sampled at random. */
  readonly sticky: StickyKey | undefined;
  /** The share of each endpoint follows what its verdict needs, up to `percent`. Undefined: all have the same. */
  readonly sampling?: VerdictSampling | undefined;
  readonly methods: ReadonlySet<string>;
  /** Time for the leg after the primary has finished, because a slow request is slow on both sides. */
  readonly timeoutMs: number;
  /** Maximum number of mirrored requests in flight; further ones are dropped (`inflight`). */
  readonly maxInFlight: number;
  /**
   * Bound on the memory for this candidate: copies of request bodies that it has not read yet, and its captured responses.
   * A mirrored request that exceeds it is canceled (`bytes`).
   */
  readonly maxBufferedBytes: number;
  readonly host: HostPolicy;
  readonly requestHeaders: HeaderOperations;
  readonly breaker: BreakerPolicy | undefined;
}

/** A delay that is drawn uniformly between two bounds, in milliseconds. */
export interface DelayRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Which requests are sent to the secondary, to measure noise. */
export interface SecondaryPolicy {
  /**
   * A second instance of the primary's version. `primary` is a self-check: each request with a safe method is sent to its
   * primary a second time.
   */
  readonly subset: Subset | "primary";
  /** Percentage of the mirrored requests; for a self-check, of those with a safe method. */
  readonly percent: number;
  /**
   * From the dispatch to the primary until a self-check asks it again. Both copies would otherwise meet the same process in
   * the same millisecond, and agree about a clock on which the candidate cannot agree. Undefined: no delay.
   */
  readonly delay?: DelayRange | undefined;
  readonly timeoutMs: number;
  /** Limits as for a candidate. An exchange that exceeds one continues without the secondary. */
  readonly maxInFlight: number;
  readonly maxBufferedBytes: number;
  /** Changes to the copies. Undefined for a self-check, whose second request is the same as the first. */
  readonly requestHeaders?: HeaderOperations | undefined;
}

export interface Forward {
  readonly type: "forward";
  /** At least one. If there are several, the sum of their weights is positive. */
  readonly destinations: readonly Destination[];
  readonly sticky: StickyKey | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  /** Time for the complete response of the primary; undefined: only the upstream limits apply. */
  readonly timeoutMs: number | undefined;
  readonly retries: RetryPolicy | undefined;
  readonly fault: Fault | undefined;
  readonly cors: CorsPolicy | undefined;
  readonly candidates: readonly MirrorPolicy[];
  readonly secondary: SecondaryPolicy | undefined;
}

export interface Redirect {
  readonly type: "redirect";
  readonly status: number;
  /** Undefined parts are taken from the request. */
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly port: number | undefined;
  readonly uri: UriRewrite | undefined;
}

export interface DirectResponse {
  readonly type: "direct-response";
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Conditions and an action. The first route that matches takes the request; without a match the response is 404. */
export interface Route {
  readonly name: string;
  /** Exact names, `*.suffix` or `*`, in lower case and without a port. Empty: any host. */
  readonly hosts: readonly string[];
  /** At least one must match. Empty: any request. */
  readonly matches: readonly RequestMatch[];
  readonly action: Forward | Redirect | DirectResponse;
}
