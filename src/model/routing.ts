/** How one text of a request is held against the configuration. */
export type StringMatch =
  | { readonly type: "exact"; readonly value: string }
  /** A raw prefix: `/foo` matches `/foobar`. */
  | { readonly type: "prefix"; readonly value: string }
  /** A prefix by path element, as Gateway API defines it: `/foo` matches `/foo` and `/foo/bar`, not `/foobar`. */
  | { readonly type: "path-prefix"; readonly value: string }
  /** RE2 syntax, matching the whole text. */
  | { readonly type: "regex"; readonly source: string }
  /** Whatever the text is, as long as it is there. */
  | { readonly type: "present" };

export interface NamedMatch {
  /** Header names in lower case; query parameter names as they are. */
  readonly name: string;
  readonly match: StringMatch;
}

/** Conditions on a request, all of which must hold. */
export interface RequestMatch {
  readonly name: string | undefined;
  /** The path of the request target, without its query, byte for byte. */
  readonly uri: StringMatch | undefined;
  /** For `exact` and `prefix` of `uri` only. */
  readonly ignoreUriCase: boolean;
  readonly scheme: StringMatch | undefined;
  readonly method: StringMatch | undefined;
  /** The Host field (HTTP/1.1) or :authority (HTTP/2), in lower case. */
  readonly authority: StringMatch | undefined;
  readonly headers: readonly NamedMatch[];
  /** None of these may hold; a missing field counts as empty. */
  readonly withoutHeaders: readonly NamedMatch[];
  readonly queryParams: readonly NamedMatch[];
  /** Of the listener. */
  readonly port: number | undefined;
}

/** Applied in the order set, add, remove; names keep the case in which they are written here. */
export interface HeaderOperations {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** What a request is assigned by, so that the same client always meets the same side. */
export type StickyKey =
  | { readonly type: "header"; readonly name: string }
  | { readonly type: "cookie"; readonly name: string }
  | { readonly type: "query"; readonly name: string };

/** Credentials and contexts for connections. */
export interface UpstreamTls {
  /** PEM files. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Name that the certificate must carry; default: the host of the URL. */
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  /** Hash of what the files held when the configuration was read. */
  readonly content?: string | undefined;
}

export type UpstreamProtocol = "http1" | "h2";

/** A version of the service. */
export interface Subset {
  readonly name: string;
  /** Origins, `http://host:port` or `https://host:port`; several are balanced in turn. */
  readonly urls: readonly string[];
  readonly tls: UpstreamTls | undefined;
  /**
   * Default `http1`. `h2` by ALPN for https, with prior knowledge for http. Never negotiated per leg: answers of two
   * protocols would differ in timing for no reason of their own.
   */
  readonly protocol?: UpstreamProtocol | undefined;
}

export interface Destination {
  readonly subset: Subset;
  /** The share is weight / sum of weights; the only destination takes everything whatever its weight is. */
  readonly weight: number;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
}

export interface Rewrite {
  readonly uri: UriRewrite | undefined;
  /** New Host / :authority. */
  readonly authority: string | undefined;
}

export type UriRewrite =
  /** Replaces what the `prefix` or `path-prefix` match covered, or the whole path for the other matches. */
  | { readonly type: "replace"; readonly value: string }
  /** RE2; replaces every match, `\1` stands for a group. */
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
        /** What a gRPC client gets instead of the status. */
        readonly grpcStatus?: number | undefined;
      }
    | undefined;
}

/** A failed attempt is repeated only for safe methods, or when the connection could not be opened. */
export interface RetryPolicy {
  /** Beyond the first. */
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

/** What a candidate's Host field says: the client's, a fixed one, or the client's with `-shadow` before the port. */
export type HostPolicy =
  | { readonly type: "keep" }
  | { readonly type: "literal"; readonly host: string }
  | { readonly type: "shadow" };

/** After `failures` in a row nothing is sent for `openMs`, and then one request at first; the others are dropped (`breaker`). */
export interface BreakerPolicy {
  readonly failures: number;
  readonly openMs: number;
}

/** Which candidate gets a copy of which requests. */
export interface MirrorPolicy {
  readonly subset: Subset;
  /** 0–100 in steps of 0.0001, of the requests that the methods allow. */
  readonly percent: number;
  /** Decides by hash instead of chance; a request without the key is decided by chance. */
  readonly sticky: StickyKey | undefined;
  readonly methods: ReadonlySet<string>;
  /** How long the leg may go on when the primary has ended: a request that takes long takes long on both sides. */
  readonly timeoutMs: number;
  /** Mirrored exchanges of this candidate under way at once; more are dropped (`inflight`). */
  readonly maxInFlight: number;
  /**
   * Of what is held for this candidate: copies of request bodies that it has not read yet, and what is captured of its
   * answers. A request for which there is no more is given up at this candidate (`bytes`).
   */
  readonly maxBufferedBytes: number;
  readonly host: HostPolicy;
  readonly requestHeaders: HeaderOperations;
  readonly breaker: BreakerPolicy | undefined;
}

/** Who answers once more, so that noise can be told. */
export interface SecondaryPolicy {
  /**
   * A second copy of the primary's version; or, for a self-check, whichever primary the request goes to, which gets it again
   * when its method is safe.
   */
  readonly subset: Subset | "primary";
  /** Of the mirrored requests; of a self-check: of those with a safe method. */
  readonly percent: number;
  readonly timeoutMs: number;
  /** As of a candidate; beyond a bound the exchange goes on without it. */
  readonly maxInFlight: number;
  readonly maxBufferedBytes: number;
}

export interface Forward {
  readonly type: "forward";
  /** At least one, and the sum of the weights is above 0 when there are several. */
  readonly destinations: readonly Destination[];
  readonly sticky: StickyKey | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  /** For the whole answer of the primary; undefined: only the upstream limits hold. */
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
  /** Undefined parts stay as they were in the request. */
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

/** A match and where it goes. The first route that matches takes the request; where none does, the answer is 404. */
export interface Route {
  readonly name: string;
  /** Exact names, `*.suffix` or `*`, in lower case, without a port; empty means any. */
  readonly hosts: readonly string[];
  /** One of them must hold; empty means always. */
  readonly matches: readonly RequestMatch[];
  readonly action: Forward | Redirect | DirectResponse;
}
