import * as defaults from "../defaults.ts";
import { address, hostName, subnet } from "../values/addresses.ts";
import { labels } from "../values/labels.ts";
import { endpointPattern, method, pathTemplate, storeLocation } from "../values/names.ts";
import { duration, durationRange, size, sizeBetween } from "../values/durations-and-sizes.ts";
import { decimal, percent, wholeNumber } from "../values/numbers.ts";
import { EXPLAIN_OPTIONS } from "./explain-options.ts";
import { ISOLATE_OPTIONS } from "./isolate-options.ts";
import { METRICS_OPTIONS } from "./metrics-options.ts";
import { CONTRACT_OPTIONS } from "./contract-options.ts";
import { option, optional, repeated } from "./option.ts";
import { TRACING_OPTIONS } from "./tracing-options.ts";
import { authority, forwardedHeader, hostPolicy } from "../values/http-texts.ts";
import { PRESET_NAMES } from "../../presentation/rules/rule-presets.ts";
import { bool, choice, listOf, text } from "../values/value-type.ts";

export const SHARE = decimal({ min: 0, max: 1, placeholder: "share" });
export const LATENCY_FACTOR = decimal({ min: 0.01, placeholder: "factor" });
export const MILLISECONDS = decimal({ min: 0.001, placeholder: "ms" });
export const MIN_COMPARED = wholeNumber({ min: 1 });
const threadCount = wholeNumber({ min: 1, max: defaults.MAX_THREADS });
const inFlight = wholeNumber({ min: 1, max: defaults.MAX_IN_FLIGHT });
const file = text("file", "a path");

/** Every option, at the position of its YAML field. */
export const OPTIONS = {
  runName: optional(text("name", "any text"), { help: "name of this run (default: its id)" }),
  labels: {
    ...optional(labels, { flag: "label", help: "label of this run, such as commit=3f2a" }),
    list: true,
  },
  replicaName: optional(text("name", "any text"), {
    help: "name of this process among the replicas of one store (default: the name of the host)",
  }),
  listen: option(address, defaults.DEFAULT_LISTEN, { help: "address for client requests" }),
  listenTls: {
    cert: optional(file, { help: "PEM file with the certificate chain of the listener (default: no TLS)" }),
    key: optional(file, { help: "PEM file with the private key of that certificate" }),
  },
  requests: {
    maxHeadBytes: option(
      sizeBetween(defaults.MIN_HEAD_BYTES, defaults.MAX_HEAD_BYTES, "8KiB to 256KiB"),
      defaults.DEFAULT_MAX_HEAD,
      { help: "maximum bytes of a request's head; 431 beyond" },
    ),
    nonAsciiTargets: option(choice("reject", "encode", "forward"), defaults.DEFAULT_NON_ASCII_TARGETS, {
      help: "whether a request target with bytes outside ASCII, such as raw UTF-8, is rejected (400), percent-encoded, or forwarded",
    }),
    defaultHost: optional(authority, {
      help: "Host of HTTP/1.0 requests without one (default: that of the primary, for routes to any host)",
    }),
  },
  forwarded: {
    mode: option(choice("off", "set", "append"), defaults.DEFAULT_FORWARDED_MODE, {
      help: "headers that describe the client to all upstreams: left as they are (off), replaced (set), or extended for trusted clients (append)",
    }),
    headers: repeated(listOf(forwardedHeader), defaults.DEFAULT_FORWARDED_HEADERS, {
      flag: "forwarded-header",
      help: "header that describes the client",
    }),
    trusted: repeated(listOf(subnet), "", {
      help: "address or subnet of a proxy in front, whose values are kept with append",
    }),
  },
  admin: {
    listen: option(address, defaults.DEFAULT_ADMIN_LISTEN, {
      flag: "admin",
      help: "address of the dashboard, API and metrics",
    }),
    tokenFile: optional(file, {
      help: "file with the token that admin requests must carry; SHADOWDIFF_ADMIN_TOKEN holds the token itself",
    }),
    rolloutTokenFile: optional(file, {
      help: "file with a second token, valid only for /api/v1/gate and for beginning and ending runs: for tools that control a rollout",
    }),
    allowedHosts: repeated(listOf(hostName), "", {
      flag: "admin-allowed-host",
      help: "additional host name of the admin listener",
    }),
  },
  store: option(storeLocation, defaults.DEFAULT_STORE, {
    help: "database file, or postgres:// URL of a PostgreSQL database, for counts and samples",
  }),
  storePasswordFile: optional(file, {
    help: "file with the password of the PostgreSQL database, read at each connection",
  }),
  storeRequired: option(bool, "false", {
    help: "exit with 2 at the start if the store cannot be written; otherwise clients are served and nothing is stored",
  }),
  retention: {
    maxAge: option(duration(defaults.MAX_RETENTION_MS), defaults.DEFAULT_RETENTION_AGE, {
      help: "delete data older than this",
    }),
    maxBytes: option(size, defaults.DEFAULT_RETENTION_SIZE, { help: "delete the oldest data beyond this store size" }),
  },
  upstream: {
    connectTimeout: option(duration(), defaults.DEFAULT_CONNECT_TIMEOUT, {
      help: "timeout for connecting to any upstream",
    }),
    headTimeout: option(duration(), defaults.DEFAULT_HEAD_TIMEOUT, {
      help: "timeout for the primary's response headers, or for its next interim response; 504 when it expires",
    }),
    idleTimeout: option(duration(), defaults.DEFAULT_IDLE_TIMEOUT, {
      help: "timeout between two chunks of the primary's response body",
    }),
  },
  capture: {
    maxBodyBytes: option(size, defaults.DEFAULT_CAPTURED_BODY, {
      help: "maximum bytes captured per body; the rest is compared by length and hash",
    }),
    maxBufferedBytes: option(size, defaults.DEFAULT_CAPTURE_BUFFER, {
      help: "maximum memory for captures per proxy thread; excess captures are dropped and counted",
    }),
  },
  compare: {
    endpoints: repeated(listOf(pathTemplate), "", {
      flag: "endpoint",
      help: "path template that groups requests into one endpoint",
    }),
    presets: repeated(listOf(choice(...PRESET_NAMES)), "", {
      flag: "preset",
      help: "rule that ignores header differences of a framework on every endpoint",
    }),
    maxEndpoints: option(wholeNumber({ min: 1, max: defaults.MAX_ENDPOINTS }), defaults.DEFAULT_MAX_ENDPOINTS, {
      help: "maximum number of endpoints; further endpoints are counted as one",
    }),
    maxSegmentValues: option(
      wholeNumber({ min: 0, max: defaults.MAX_ENDPOINTS }),
      defaults.DEFAULT_MAX_SEGMENT_VALUES,
      { help: "maximum values of a path segment; with more, the segment becomes a parameter (0: never)" },
    ),
    maxDifferenceSets: option(
      wholeNumber({ min: 1, max: defaults.MAX_DIFFERENCE_SETS }),
      defaults.DEFAULT_MAX_DIFFERENCE_SETS,
      { help: "maximum sets of differing fields per endpoint; further sets are counted as one" },
    ),
    samplesPerDifference: option(
      wholeNumber({ min: 0, max: defaults.MAX_SAMPLES_PER_DIFFERENCE }),
      defaults.DEFAULT_SAMPLES_PER_DIFFERENCE,
      { help: "exchanges stored as samples of each difference (0: none, and no slow exchanges)" },
    ),
    maxDecodedBytes: option(size, defaults.DEFAULT_DECODED_BODY, {
      help: "size limit of a decompressed body",
    }),
    descriptorSet: optional(file, {
      flag: "descriptor-set",
      help: "file with a FileDescriptorSet that names Protocol Buffers fields (default: fields are numbered)",
    }),
    timeout: option(duration(), defaults.DEFAULT_COMPARE_TIMEOUT, { help: "CPU time for comparing one exchange" }),
  },
  contract: CONTRACT_OPTIONS,
  gate: {
    parity: option(SHARE, defaults.DEFAULT_PARITY, {
      help: "minimum share of exchanges without a difference that counts",
    }),
    latencyRatio: option(LATENCY_FACTOR, defaults.DEFAULT_LATENCY_RATIO, {
      help: "maximum median of candidate latency / primary latency",
    }),
    p95Ratio: option(LATENCY_FACTOR, defaults.DEFAULT_P95_RATIO, {
      help: "maximum 95th percentile of the candidate's latency, as a multiple of the primary's; at least the latency ratio",
    }),
    p99Ratio: option(LATENCY_FACTOR, defaults.DEFAULT_P99_RATIO, {
      help: "maximum 99th percentile of the candidate's latency, as a multiple of the primary's; at least the latency ratio",
    }),
    p95Ms: optional(MILLISECONDS, { help: "maximum 95th percentile of the candidate's latency, in milliseconds" }),
    p99Ms: optional(MILLISECONDS, { help: "maximum 99th percentile of the candidate's latency, in milliseconds" }),
    minCompared: option(MIN_COMPARED, defaults.DEFAULT_MIN_COMPARED, {
      help: "minimum number of compared exchanges for a pass",
    }),
    errorRate: option(SHARE, defaults.DEFAULT_ERROR_RATE, {
      help: "maximum share of 5xx and incomplete responses in excess of the primary's own",
    }),
    minSuccess: option(SHARE, defaults.DEFAULT_MIN_SUCCESS, {
      help: "minimum share of the primary's responses that are 2xx or 3xx for a pass",
    }),
    minEndpoints: option(wholeNumber({ min: 0 }), defaults.DEFAULT_MIN_ENDPOINTS, {
      help: "minimum number of compared endpoints, without health checks, for a pass",
    }),
    coverage: repeated(listOf(endpointPattern), "", {
      help: "endpoint that needs enough compared exchanges for a pass",
    }),
  },
  explain: EXPLAIN_OPTIONS,
  isolate: ISOLATE_OPTIONS,
  tracing: TRACING_OPTIONS,
  metrics: METRICS_OPTIONS,
  threads: {
    proxy: option(threadCount, defaults.DEFAULT_THREADS, { help: "threads that proxy requests" }),
    compare: option(threadCount, defaults.DEFAULT_THREADS, { help: "threads that compare responses" }),
  },
} as const;

/** When mirroring to a failing candidate pauses. */
export const BREAKER_OPTIONS = {
  failures: option(wholeNumber({ min: 0, max: defaults.MAX_BREAKER_FAILURES }), defaults.DEFAULT_BREAKER_FAILURES, {
    flag: "breaker-failures",
    help: "consecutive failures after which mirroring to a candidate pauses; 0 disables the circuit breaker",
  }),
  open: option(duration(), defaults.DEFAULT_BREAKER_OPEN, {
    flag: "breaker-open",
    help: "length of the pause, after which one request probes the candidate",
  }),
} as const;

/** How requests are mirrored to a candidate. A flag applies to all candidates. */
export const MIRROR_OPTIONS = {
  methods: repeated(listOf(method), defaults.DEFAULT_METHODS, { flag: "method", help: "method to mirror" }),
  timeout: option(duration(), defaults.DEFAULT_MIRROR_TIMEOUT, {
    flag: "candidate-timeout",
    help: "timeout for a candidate's response, from the end of the primary's response",
  }),
  maxInFlight: option(inFlight, defaults.DEFAULT_MAX_IN_FLIGHT, {
    flag: "max-in-flight",
    help: "maximum mirrored requests in flight per candidate; excess requests are dropped and counted",
  }),
  maxBufferedBytes: option(size, defaults.DEFAULT_MIRROR_BUFFER, {
    flag: "candidate-max-buffered-bytes",
    help: "maximum bytes buffered per candidate (unsent request bodies and responses); excess requests are dropped and counted",
  }),
  breaker: BREAKER_OPTIONS,
  host: option(hostPolicy, defaults.DEFAULT_CANDIDATE_HOST, {
    flag: "candidate-host",
    help: "Host header sent to a candidate: the client's (keep), the client's with -shadow (shadow), or a host name",
  }),
} as const;

/** Options of each candidate of a route. */
export const CANDIDATE_OPTIONS = {
  percent: option(percent, defaults.DEFAULT_PERCENT, {
    flag: "percent",
    help: "percentage of requests mirrored to the candidates",
  }),
  sampling: option(choice("uniform", "verdict"), defaults.DEFAULT_SAMPLING, {
    flag: "sampling",
    help: "whether all endpoints are mirrored with the same percentage, or each as far as its verdict needs it, within a budget",
  }),
  budget: option(wholeNumber({ min: 1, max: defaults.MAX_BUDGET }), defaults.DEFAULT_BUDGET, {
    flag: "budget",
    help: "mirrored requests per second to each candidate of a route, with sampling by verdict",
  }),
  floor: option(decimal({ min: defaults.MIN_FLOOR, max: 100, placeholder: "percent" }), defaults.DEFAULT_FLOOR, {
    flag: "floor",
    help: "smallest percentage of the requests to an endpoint that is mirrored, with sampling by verdict",
  }),
  ...MIRROR_OPTIONS,
} as const;

/** Options of the secondary of a route. */
export const SECONDARY_OPTIONS = {
  percent: option(percent, defaults.DEFAULT_PERCENT, {
    flag: "secondary-percent",
    help: "percentage of mirrored requests also sent to the secondary",
  }),
  timeout: option(duration(), defaults.DEFAULT_MIRROR_TIMEOUT, {
    flag: "secondary-timeout",
    help: "timeout for the secondary's response, from the end of the primary's response",
  }),
  maxInFlight: option(inFlight, defaults.DEFAULT_MAX_IN_FLIGHT, {
    flag: "secondary-max-in-flight",
    help: "maximum requests in flight to the secondary; excess exchanges are compared without it",
  }),
  maxBufferedBytes: option(size, defaults.DEFAULT_MIRROR_BUFFER, {
    flag: "secondary-max-buffered-bytes",
    help: "maximum bytes buffered for the secondary; excess exchanges are compared without it",
  }),
} as const;

/** Options of each route with candidates. */
export const ROUTE_OPTIONS = {
  selfCheck: optional(percent, {
    flag: "self-check",
    help: "percentage of mirrored safe requests sent to the primary twice, to measure noise without a secondary",
  }),
  selfCheckDelay: option(durationRange(defaults.MAX_SELF_CHECK_DELAY_MS), defaults.DEFAULT_SELF_CHECK_DELAY, {
    flag: "self-check-delay",
    help: "time from the primary's response until a self-check asks it again, drawn between two durations",
  }),
} as const;

/** How a tap handles the requests that another proxy mirrors to it. */
export const TAP_OPTIONS = {
  methods: repeated(listOf(method), defaults.DEFAULT_METHODS, {
    flag: "tap-method",
    help: "method that the tap forwards; the primary receives each of these requests a second time",
  }),
  host: option(choice("strip", "keep"), defaults.DEFAULT_TAP_HOST, {
    help: "whether the tap strips or keeps the -shadow suffix that Envoy adds to Host when mirroring",
  }),
} as const;

/** Documents of Istio and Gateway API, which replace `subsets` and `routes`. */
export const ISTIO_OPTIONS = {
  istio: repeated(listOf(file), "", {
    help: "file with VirtualServices, DestinationRules, Gateways, RouteRules, HTTPRoutes or GRPCRoutes",
  }),
} as const;
