import { address, hostName } from "../values/addresses.ts";
import { labels } from "../values/labels.ts";
import { method, pathTemplate, storePath } from "../values/names.ts";
import { decimal, duration, LONGEST_TIMER_MS, percent, size, wholeNumber } from "../values/numbers.ts";
import { option, optional, repeated } from "./option.ts";
import { hostPolicy } from "../native/routes/host-policy.ts";
import { endpointPattern } from "../native/rules/endpoint-pattern.ts";
import { choice, listOf, text } from "../values/value-type.ts";

const DEFAULT_LISTEN = "127.0.0.1:8080";
const DEFAULT_ADMIN = "127.0.0.1:9900";
const DEFAULT_STORE = "sqlite:./shadowdiff.db";
const DEFAULT_METHODS = "GET,HEAD,OPTIONS";
const DEFAULT_PERCENT = "100";
const DEFAULT_HOST = "keep";
/** Istio before 1.28 and Envoy add the suffix by default; clients' own hosts rarely end so. */
const DEFAULT_TAP_HOST = "strip";
/** Of a mirrored leg: far above what an answer takes, and short enough that hung ones do not pile up. */
const DEFAULT_MIRROR_TIMEOUT = "10s";
const DEFAULT_MAX_IN_FLIGHT = "256";
/** A quarter of what a proxy thread has for all: one candidate leaves room for the others. */
const DEFAULT_MAX_MIRROR_BYTES = "16MiB";
const DEFAULT_BREAKER_FAILURES = "5";
/** Short: a candidate that comes back misses little, and one that is gone costs two requests a second. */
const DEFAULT_BREAKER_OPEN = "500ms";
const DEFAULT_CONNECT_TIMEOUT = "5s";
/** nginx waits as long by default. */
const DEFAULT_HEAD_TIMEOUT = "60s";
const DEFAULT_IDLE_TIMEOUT = "60s";
const DEFAULT_MAX_BODY = "1MiB";
const DEFAULT_MAX_BUFFERED = "64MiB";
const DEFAULT_MAX_ENDPOINTS = "500";
const DEFAULT_MAX_DIFFERENCE_SETS = "200";
const DEFAULT_SAMPLES = "10";
const DEFAULT_MAX_DECODED = "8MiB";
const DEFAULT_COMPARE_TIMEOUT = "5s";
const DEFAULT_PARITY = "0.999";
const DEFAULT_LATENCY_RATIO = "1.10";
const DEFAULT_MIN_COMPARED = "1000";
/** As much as parity leaves. */
const DEFAULT_ERROR_RATE = "0.001";
const DEFAULT_MAX_AGE = "14d";
const DEFAULT_MAX_STORE_BYTES = "1GiB";
const DEFAULT_THREADS = "1";
const MOST_THREADS = 64;
const LONGEST_RETENTION_MS = 3_650 * 86_400_000;

export const SHARE = decimal({ min: 0, max: 1, placeholder: "share" });
export const LATENCY_FACTOR = decimal({ min: 0.01, placeholder: "factor" });
export const MIN_COMPARED = wholeNumber({ min: 1 });
const threadCount = wholeNumber({ min: 1, max: MOST_THREADS });

/** Each option once, at the place of its YAML field. */
export const OPTIONS = {
  runName: optional(text("name", "any text"), { help: "name of this rehearsal; without it, its id" }),
  labels: {
    ...optional(labels, { flag: "label", help: "what tells this rehearsal from others, such as commit=3f2a" }),
    list: true,
  },
  listen: option(address, DEFAULT_LISTEN, { help: "where clients send their requests" }),
  listenTls: {
    cert: optional(text("file", "a path"), {
      help: "PEM file with the certificate chain of the listener; without one it speaks cleartext",
    }),
    key: optional(text("file", "a path"), { help: "PEM file with the key of that certificate" }),
  },
  admin: {
    listen: option(address, DEFAULT_ADMIN, { flag: "admin", help: "where dashboard, API and metrics are served" }),
    tokenFile: optional(text("file", "a path"), {
      help: "file with the token that admin requests must carry; the token itself may stand in SHADOWDIFF_ADMIN_TOKEN",
    }),
    allowedHosts: repeated(listOf(hostName), "", {
      flag: "admin-allowed-host",
      help: "a further name under which the admin listener is called",
    }),
  },
  store: option(storePath, DEFAULT_STORE, { help: "file that keeps counts and samples" }),
  retention: {
    maxAge: option(duration(LONGEST_RETENTION_MS), DEFAULT_MAX_AGE, { help: "what is older is deleted" }),
    maxBytes: option(size, DEFAULT_MAX_STORE_BYTES, { help: "beyond this size of the store the oldest is deleted" }),
  },
  upstream: {
    connectTimeout: option(duration(), DEFAULT_CONNECT_TIMEOUT, { help: "for opening a connection to any upstream" }),
    headTimeout: option(duration(), DEFAULT_HEAD_TIMEOUT, { help: "for the primary to begin its answer; then 504" }),
    idleTimeout: option(duration(), DEFAULT_IDLE_TIMEOUT, { help: "between two pieces of a body of the primary" }),
  },
  capture: {
    maxBodyBytes: option(size, DEFAULT_MAX_BODY, { help: "captured of each body; the rest is compared by hash" }),
    maxBufferedBytes: option(size, DEFAULT_MAX_BUFFERED, {
      help: "memory for captures per proxy thread; beyond it they are dropped and counted",
    }),
  },
  compare: {
    endpoints: repeated(listOf(pathTemplate), "", {
      flag: "endpoint",
      help: "a path template that gathers requests under one endpoint",
    }),
    maxEndpoints: option(wholeNumber({ min: 1, max: 100_000 }), DEFAULT_MAX_ENDPOINTS, {
      help: "further endpoints are counted as one",
    }),
    maxDifferenceSets: option(wholeNumber({ min: 1, max: 100_000 }), DEFAULT_MAX_DIFFERENCE_SETS, {
      help: "further sets of differing fields per endpoint are counted as one",
    }),
    samplesPerDifference: option(wholeNumber({ min: 0, max: 1000 }), DEFAULT_SAMPLES, {
      help: "exchanges kept as examples of each difference",
    }),
    maxDecodedBytes: option(size, DEFAULT_MAX_DECODED, { help: "of a body after gzip, br and the like are undone" }),
    descriptorSet: optional(text("file", "a path"), {
      flag: "descriptor-set",
      help: "file with a FileDescriptorSet for messages of Protocol Buffers; without one, their fields are numbers",
    }),
    timeout: option(duration(), DEFAULT_COMPARE_TIMEOUT, { help: "for comparing one exchange; then it is given up" }),
  },
  gate: {
    parity: option(SHARE, DEFAULT_PARITY, {
      help: "least share of exchanges without a difference that counts",
    }),
    latencyRatio: option(LATENCY_FACTOR, DEFAULT_LATENCY_RATIO, {
      help: "largest median of candidate latency / primary latency",
    }),
    minCompared: option(MIN_COMPARED, DEFAULT_MIN_COMPARED, {
      help: "with fewer compared exchanges the verdict cannot be pass",
    }),
    errorRate: option(SHARE, DEFAULT_ERROR_RATE, {
      help: "largest share of 5xx and incomplete answers beyond the primary's own share",
    }),
    coverage: repeated(listOf(endpointPattern), "", {
      help: "endpoint that must have been compared often enough, or the verdict cannot be pass",
    }),
  },
  threads: {
    proxy: option(threadCount, DEFAULT_THREADS, { help: "threads that carry traffic" }),
    compare: option(threadCount, DEFAULT_THREADS, { help: "threads that compare" }),
  },
} as const;

/** When nothing is sent to a candidate that fails. */
export const BREAKER_OPTIONS = {
  failures: option(wholeNumber({ min: 0, max: 10_000 }), DEFAULT_BREAKER_FAILURES, {
    flag: "breaker-failures",
    help: "failures to answer in a row after which a candidate gets no copies for a while; 0: never",
  }),
  open: option(duration(), DEFAULT_BREAKER_OPEN, {
    flag: "breaker-open",
    help: "how long it gets none; then one request probes it",
  }),
} as const;

/** How copies are sent to a candidate. As a flag they hold for all candidates. */
export const MIRROR_OPTIONS = {
  methods: repeated(listOf(method), DEFAULT_METHODS, { flag: "method", help: "mirrored method" }),
  timeout: option(duration(LONGEST_TIMER_MS), DEFAULT_MIRROR_TIMEOUT, {
    flag: "candidate-timeout",
    help: "for a candidate to end when the primary has ended",
  }),
  maxInFlight: option(wholeNumber({ min: 1, max: 100_000 }), DEFAULT_MAX_IN_FLIGHT, {
    flag: "max-in-flight",
    help: "mirrored requests under way per candidate; beyond it they are dropped and counted",
  }),
  maxBufferedBytes: option(size, DEFAULT_MAX_MIRROR_BYTES, {
    flag: "candidate-max-buffered-bytes",
    help: "held per candidate, of bodies that it has not read and of its answers; beyond it copies are dropped and counted",
  }),
  breaker: BREAKER_OPTIONS,
  host: option(hostPolicy, DEFAULT_HOST, {
    flag: "candidate-host",
    help: "Host that a candidate gets: the client's (keep), the client's with -shadow (shadow), or this one",
  }),
} as const;

/** Options of each candidate of a route. */
export const CANDIDATE_OPTIONS = {
  percent: option(percent, DEFAULT_PERCENT, {
    flag: "percent",
    help: "of the requests are mirrored to the candidates",
  }),
  ...MIRROR_OPTIONS,
} as const;

/** Options of the secondary of a route. */
export const SECONDARY_OPTIONS = {
  percent: option(percent, DEFAULT_PERCENT, {
    flag: "secondary-percent",
    help: "of the mirrored requests also go to the secondary",
  }),
  timeout: option(duration(), DEFAULT_MIRROR_TIMEOUT, {
    flag: "secondary-timeout",
    help: "for the secondary to end when the primary has ended",
  }),
  maxInFlight: option(wholeNumber({ min: 1, max: 100_000 }), DEFAULT_MAX_IN_FLIGHT, {
    flag: "secondary-max-in-flight",
    help: "requests under way to the secondary; beyond it exchanges go on without it",
  }),
  maxBufferedBytes: option(size, DEFAULT_MAX_MIRROR_BYTES, {
    flag: "secondary-max-buffered-bytes",
    help: "held for the secondary; beyond it exchanges go on without it",
  }),
} as const;

/** Of each route that has candidates. */
export const ROUTE_OPTIONS = {
  selfCheck: optional(percent, {
    flag: "self-check",
    help: "of the mirrored safe requests also go to the primary once more, to tell noise without a secondary",
  }),
} as const;

/** What the copies are that another proxy mirrors here. */
export const TAP_OPTIONS = {
  methods: repeated(listOf(method), DEFAULT_METHODS, {
    flag: "tap-method",
    help: "method that a tap sends on; primary and candidates both get such a request again",
  }),
  host: option(choice("strip", "keep"), DEFAULT_TAP_HOST, {
    help: "what a tap does with -shadow in Host, which Envoy adds to what it mirrors",
  }),
} as const;

/** Documents of Istio and Gateway API instead of `subsets` and `routes`. */
export const ISTIO_OPTIONS = {
  istio: repeated(listOf(text("file", "a path")), "", {
    help: "file with VirtualServices, DestinationRules, Gateways, RouteRules or HTTPRoutes, as they are",
  }),
} as const;
