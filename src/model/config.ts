import type { Gate } from "./run.ts";

/** Options after flags, file and defaults are joined and checked. Durations are milliseconds, sizes are bytes. */
export interface Config {
  readonly runName: string | undefined;
  readonly listen: Address;
  readonly admin: AdminConfig;
  readonly store: StoreConfig;
  readonly subsets: ReadonlyMap<string, Subset>;
  readonly route: Route;
  readonly upstream: UpstreamLimits;
  readonly capture: CaptureConfig;
  readonly compare: CompareConfig;
  readonly threads: ThreadCounts;
  readonly gate: Gate;
}

export interface Address {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

export interface AdminConfig {
  readonly listen: Address;
  /** Bearer token, read from `tokenFile` or SHADOWDIFF_ADMIN_TOKEN; undefined on loopback without one. */
  readonly token: string | undefined;
  /** Names that the Host header of an admin request may carry, besides loopback names and the bound address. */
  readonly allowedHosts: readonly string[];
}

interface StoreConfig {
  readonly path: string;
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
}

/** A version of the service. */
export interface Subset {
  readonly name: string;
  /** An origin, `http://host:port` or `https://host:port`. */
  readonly url: string;
}

export interface Route {
  readonly name: string;
  readonly primary: Subset;
  readonly candidates: readonly MirrorPolicy[];
  readonly secondary: { readonly subset: Subset; readonly percent: number; readonly timeoutMs: number } | undefined;
}

/** Which candidate gets a copy of which requests. */
export interface MirrorPolicy {
  readonly subset: Subset;
  /** 0–100, of the requests that the methods allow. */
  readonly percent: number;
  readonly methods: ReadonlySet<string>;
  /** How long the leg may go on when the primary has ended: a request that takes long takes long on both sides. */
  readonly timeoutMs: number;
  /** Mirrored exchanges of this candidate under way at once; more are dropped (`inflight`). */
  readonly maxInFlight: number;
}

/** Limits of the primary leg. */
export interface UpstreamLimits {
  readonly connectTimeoutMs: number;
  /** From the end of the request to the response head; then 504. */
  readonly headTimeoutMs: number;
  /** Between two chunks of a body. */
  readonly idleTimeoutMs: number;
}

export interface CaptureConfig {
  /** Per response. */
  readonly maxBodyBytes: number;
  /** For all captures of a proxy thread that are not yet handed over, and for batches under way; more is dropped (`bytes`, `queue`). */
  readonly maxBufferedBytes: number;
}

export interface CompareConfig {
  /** Path templates that win over the built-in ones, e.g. `/users/{name}/orders`. */
  readonly endpoints: readonly string[];
  /** Distinct endpoints per run; further ones are counted under one collective name. */
  readonly maxEndpoints: number;
  /** Distinct sets of differing fields per endpoint and candidate; further ones are counted as one. */
  readonly maxDifferenceSets: number;
  /** Kept exchanges per difference. */
  readonly samplesPerDifference: number;
  /** Bytes after a content coding is removed. */
  readonly maxDecodedBytes: number;
  /** A compare thread that spends longer on one exchange is replaced. */
  readonly timeoutMs: number;
}

interface ThreadCounts {
  readonly proxy: number;
  readonly compare: number;
}
