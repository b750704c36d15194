import type { Contract } from "./contract/contract.ts";
import type { Route, Subset } from "./routing.ts";
import type { StoreLocation } from "./store/store-location.ts";
import type { Rule } from "./rule.ts";
import type { Gate } from "./run.ts";
import type { WebhookConfig } from "./notify/webhook.ts";

/** The validated configuration, merged from flags, documents and defaults. Durations are milliseconds, sizes are bytes. */
export interface Config {
  readonly runName: string | undefined;
  /** Labels of every run that this process begins. */
  readonly labels: Readonly<Record<string, string>>;
  /** Name among the replicas of one store. Undefined: the name of the host. */
  readonly replicaName: string | undefined;
  readonly listen: Address;
  /** Undefined: cleartext HTTP/1.1, and HTTP/2 with prior knowledge. */
  readonly listenTls: ListenTls | undefined;
  /** Undefined: shadowdiff is the reverse proxy in front of the service. */
  readonly tap: TapConfig | undefined;
  readonly requests: RequestsConfig;
  readonly forwarded: ForwardedConfig;
  readonly admin: AdminConfig;
  readonly store: StoreConfig;
  readonly subsets: ReadonlyMap<string, Subset>;
  /** In matching order: the first route that matches takes the request. */
  readonly routes: readonly Route[];
  readonly upstream: UpstreamLimits;
  readonly capture: CaptureConfig;
  readonly compare: CompareConfig;
  readonly explain: ExplainConfig;
  readonly isolate: IsolateConfig;
  readonly tracing: TracingConfig;
  readonly metrics: MetricsConfig;
  readonly webhooks: readonly WebhookConfig[];
  readonly threads: ThreadCounts;
  readonly gate: Gate;
}

export interface Address {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** PEM files of the listener. They are reloaded when they change. */
export interface ListenTls {
  /** The certificate chain, with the listener's certificate first. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** Tap mode: another proxy mirrors its traffic to the listener and ignores the responses. */
export interface TapConfig {
  /** Methods that are forwarded, including to the primary. Other requests get a response and count as not mirrored (`method`). */
  readonly methods: ReadonlySet<string>;
  /** Removes the suffix `-shadow`, which Envoy appends, from Host and :authority. */
  readonly stripHostSuffix: boolean;
}

/** Which requests the listener accepts. */
export interface RequestsConfig {
  /** Limit of a request head, and of its trailers; beyond it the response is 431. */
  readonly maxHeadBytes: number;
  /** What happens to bytes outside ASCII in a target, which RFC 3986 does not allow: 400, percent-encoded, or kept. */
  readonly nonAsciiTargets: "reject" | "encode" | "forward";
  /** Host of HTTP/1.0 requests without one. Undefined: they match only routes for any host, and get the primary's authority. */
  readonly defaultHost: string | undefined;
}

export type ForwardedHeader = "x-forwarded-for" | "x-forwarded-proto" | "x-forwarded-host" | "forwarded";

/** What all upstreams of an exchange receive about its client. */
export interface ForwardedConfig {
  /** `set` replaces what the client sends; `append` keeps and extends it if the client's address is trusted. */
  readonly mode: "off" | "set" | "append";
  readonly headers: readonly ForwardedHeader[];
  /** IPv4 and IPv6 addresses and subnets (`10.0.0.0/8`). */
  readonly trusted: readonly string[];
}

export interface AdminConfig {
  readonly listen: Address;
  /** Bearer token, from `tokenFile` or SHADOWDIFF_ADMIN_TOKEN. Undefined only on loopback addresses. */
  readonly token: string | undefined;
  /** Valid for the gate and for beginning and ending runs only, from `rolloutTokenFile`. */
  readonly rolloutToken: string | undefined;
  /** Names allowed in the Host header of admin requests, besides loopback names and the listen address. */
  readonly allowedHosts: readonly string[];
}

interface StoreConfig {
  readonly location: StoreLocation;
  /** Without a store that can be written at the start, the program ends. */
  readonly isRequired: boolean;
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
}

/** Timeouts of the primary leg. */
export interface UpstreamLimits {
  readonly connectTimeoutMs: number;
  /** From the end of the request to the response head; after that the client receives 504. */
  readonly headTimeoutMs: number;
  /** Between two chunks of a body. */
  readonly idleTimeoutMs: number;
}

export interface CaptureConfig {
  /** Capture cap of each response body. */
  readonly maxBodyBytes: number;
  /**
   * Bound on the captures of a proxy thread that are not handed over yet, and on the batches in flight to the compare
   * threads. Further exchanges are dropped (`bytes`, `queue`).
   */
  readonly maxBufferedBytes: number;
}

export interface CompareConfig {
  /** Path templates that take precedence over the built-in ones, such as `/users/{name}/orders`. */
  readonly endpoints: readonly string[];
  /** Maximum number of endpoints per run; further ones are counted under one collective name. */
  readonly maxEndpoints: number;
  /** Maximum number of values of a path segment; with more, the segment becomes a parameter. 0: never. */
  readonly maxSegmentValues: number;
  /** Maximum number of distinct sets of differing fields per endpoint and candidate; further sets are counted as one. */
  readonly maxDifferenceSets: number;
  /** Samples kept per difference. */
  readonly samplesPerDifference: number;
  /** Maximum size of a body after content decoding. */
  readonly maxDecodedBytes: number;
  /** In configuration order. */
  readonly rules: readonly Rule[];
  /** Path of a FileDescriptorSet for Protocol Buffers bodies. Undefined: they are parsed without a schema. */
  readonly descriptorSet: string | undefined;
  /** By which responses are validated. Undefined: none are. */
  readonly contract?: Contract | undefined;
  /** A compare thread that spends more time on one exchange is replaced. */
  readonly timeoutMs: number;
  /** As `Config.explain`. */
  readonly explain: ExplainConfig;
}

/** Which attributes of exchanges are kept to explain differences. */
export interface ExplainConfig {
  readonly enabled: boolean;
  /** Names of claims of a JSON Web Token that are read. */
  readonly claims: readonly string[];
  /** Names of request headers in lower case that are left out, in addition to those that are never kept. */
  readonly ignoreHeaders: readonly string[];
}

/** Requests that are sent to find out on which parts of a request a cause depends. */
interface IsolateConfig {
  /** Without a confirmation for each. */
  readonly enabled: boolean;
  /** Exchanges that one isolation may send. */
  readonly maxProbes: number;
  /** Exchanges per second. */
  readonly perSecond: number;
  /** Methods that may be sent again. */
  readonly methods: ReadonlySet<string>;
  /** How often one request is sent at most if the cause does not always show. */
  readonly repeats: number;
  /** Name of the header that marks these requests. */
  readonly marker: string;
}

/** Where people can see traces. */
export interface TraceUrls {
  /** URL of a trace, with `{traceId}`. */
  readonly traceUrl: string | undefined;
  /** The same for candidates, if it is another one. */
  readonly candidateTraceUrl: string | undefined;
}

/** Spans, and links to the traces of the upstreams. */
interface TracingConfig extends TraceUrls {
  /** Where spans are sent; its address is undefined if the variables of OpenTelemetry have it. Undefined: no spans. */
  readonly otlp: { readonly url: string | undefined } | undefined;
  /** Share of the requests that are traced if their sender leaves that decision to shadowdiff. */
  readonly sampleRate: number;
}

interface MetricsConfig {
  /** Number of endpoints with metrics of their own. 0: none. */
  readonly endpoints: number;
  /** Upstream requests are also counted under the names of Istio. */
  readonly istio: boolean;
}

interface ThreadCounts {
  readonly proxy: number;
  readonly compare: number;
}
