import type { Route, Subset } from "./routing.ts";
import type { Rule } from "./rule.ts";
import type { Gate } from "./run.ts";

/** Options after flags, file and defaults are joined and checked. Durations are milliseconds, sizes are bytes. */
export interface Config {
  readonly runName: string | undefined;
  /** Of every run that this process begins. */
  readonly labels: Readonly<Record<string, string>>;
  readonly listen: Address;
  /** Undefined: cleartext, HTTP/1.1 and HTTP/2 with prior knowledge. */
  readonly listenTls: ListenTls | undefined;
  /** Undefined: in front of the service. */
  readonly tap: TapConfig | undefined;
  readonly admin: AdminConfig;
  readonly store: StoreConfig;
  readonly subsets: ReadonlyMap<string, Subset>;
  /** In the order in which they are tried. */
  readonly routes: readonly Route[];
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

/** PEM files of the listener; read again when they change. */
export interface ListenTls {
  /** The chain, the listener's own certificate first. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** The listener takes copies that another proxy mirrors to it: nobody waits for their answers. */
export interface TapConfig {
  /** What may be sent again, to the primary too; others are answered and counted as not mirrored (`method`). */
  readonly methods: ReadonlySet<string>;
  /** Takes `-shadow`, which Envoy adds, off Host and :authority. */
  readonly stripShadowSuffix: boolean;
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
  /** In the order of the configuration. */
  readonly rules: readonly Rule[];
  /** A file with a FileDescriptorSet, for bodies of Protocol Buffers; undefined: they are read by their wire format. */
  readonly descriptorSet: string | undefined;
  /** A compare thread that spends longer on one exchange is replaced. */
  readonly timeoutMs: number;
}

interface ThreadCounts {
  readonly proxy: number;
  readonly compare: number;
}
