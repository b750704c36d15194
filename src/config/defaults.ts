/**
 * Defaults and bounds of the configuration. Durations and sizes are written as in a document, with their unit; options, help,
 * JSON Schema and the translation of Istio documents take them from here. `SOME_OPTION.default` is the parsed value.
 */

export const DEFAULT_LISTEN = "127.0.0.1:8080";
export const DEFAULT_ADMIN_LISTEN = "127.0.0.1:9900";
export const DEFAULT_STORE = "sqlite:./shadowdiff.db";
export const DEFAULT_RETENTION_AGE = "14d";
export const DEFAULT_RETENTION_SIZE = "1GiB";
export const DEFAULT_THREADS = 1;

// Requests.
/** Twice as much as most servers accept in a single field. */
export const DEFAULT_MAX_HEAD = "16KiB";
export const DEFAULT_NON_ASCII_TARGETS = "reject";

/** Every upstream receives what the client has sent. */
export const DEFAULT_FORWARDED_MODE = "off";
export const DEFAULT_FORWARDED_HEADERS = "x-forwarded-for,x-forwarded-proto,x-forwarded-host";

// The primary.
export const DEFAULT_CONNECT_TIMEOUT = "5s";
/** As long as nginx's proxy_read_timeout. */
export const DEFAULT_HEAD_TIMEOUT = "60s";
export const DEFAULT_IDLE_TIMEOUT = "60s";
export const DEFAULT_RETRY_ATTEMPTS = 2;

// Mirrored requests.
/** RFC 9110 §9.2.1: repeating a safe method changes nothing. */
export const DEFAULT_METHODS = "GET,HEAD,OPTIONS";
export const DEFAULT_PERCENT = 100;
export const DEFAULT_SAMPLING = "uniform";
/** Mirrored requests per second. */
export const DEFAULT_BUDGET = 200;
/** A percentage: frequent endpoints are still seen several times a second, and the totals of a run lose little. */
export const DEFAULT_FLOOR = 0.1;
export const DEFAULT_CANDIDATE_HOST = "keep";
/** Istio before 1.28 and Envoy append -shadow; a client's own Host rarely ends in it. */
export const DEFAULT_TAP_HOST = "strip";
/** Far longer than a response takes, and short enough that hung requests do not pile up. */
export const DEFAULT_MIRROR_TIMEOUT = "10s";
export const DEFAULT_MAX_IN_FLIGHT = 256;
/** Longer than a tick of a millisecond clock on any process, and short enough that a self-check keeps few captures waiting. */
export const DEFAULT_SELF_CHECK_DELAY = "5ms..50ms";
/** A quarter of a proxy thread's capture memory, so that one candidate leaves room for others. */
export const DEFAULT_MIRROR_BUFFER = "16MiB";
export const DEFAULT_BREAKER_FAILURES = 5;
/** A candidate that recovers misses little, and one that is down costs two requests per second. */
export const DEFAULT_BREAKER_OPEN = "500ms";

// Isolation of a cause.
/** Enough for some 30 parts of which two decide. */
export const DEFAULT_MAX_PROBES = 60;
/** A rate that no version notices. */
export const DEFAULT_PROBE_RATE = 5;
/** A cause that shows in every second response is missed with 1 : 256. */
export const DEFAULT_PROBE_REPEATS = 8;
export const DEFAULT_PROBE_MARKER = "shadowdiff-probe";

// Tracing.
/** As the SDKs of OpenTelemetry do; what does not fit is dropped. */
export const DEFAULT_TRACE_SAMPLE_RATE = 1;

// Captures and comparison.
export const DEFAULT_CAPTURED_BODY = "1MiB";
/** Per proxy thread. */
export const DEFAULT_CAPTURE_BUFFER = "64MiB";
export const DEFAULT_MAX_ENDPOINTS = 500;
/** More than an API has words at one place; few enough to learn several parameters before the maximum of endpoints. */
export const DEFAULT_MAX_SEGMENT_VALUES = 100;
/** Per endpoint. */
export const DEFAULT_MAX_DIFFERENCE_SETS = 200;
export const DEFAULT_SAMPLES_PER_DIFFERENCE = 10;
export const DEFAULT_DECODED_BODY = "8MiB";
export const DEFAULT_COMPARE_TIMEOUT = "5s";

// The gate. Shares are 0 to 1.
export const DEFAULT_PARITY = 0.999;
/** Candidate latency / primary latency. */
export const DEFAULT_LATENCY_RATIO = 1.1;
export const DEFAULT_P95_RATIO = 1.25;
export const DEFAULT_P99_RATIO = 1.5;
export const DEFAULT_MIN_COMPARED = 1000;
/** The share that the default parity leaves. */
export const DEFAULT_ERROR_RATE = 0.001;

/** Traffic with a wrong base path or without credentials has only 404 or 401; a service may well answer some lookups so. */
export const DEFAULT_MIN_SUCCESS = 0.5;
/** One that is no health check; a report says so if there is only one. */
export const DEFAULT_MIN_ENDPOINTS = 1;

// Routes that respond directly.
export const DEFAULT_REDIRECT_STATUS = 301;
export const DEFAULT_DIRECT_RESPONSE_STATUS = 200;

// Defaults of Istio, for fields that its documents leave out.
export const ISTIO_DEFAULT_NAMESPACE = "default";
/** `outlierDetection.consecutive5xxErrors`. */
export const ISTIO_DEFAULT_FAILURES = 5;
/** `outlierDetection.baseEjectionTime`. */
export const ISTIO_DEFAULT_EJECTION_MS = 30_000;

// Bounds.
/** RFC 9110 §4.1 recommends to accept URIs of 8,000 bytes. */
export const MIN_HEAD_BYTES = 8 * 1024;
/** Every connection can hold that much memory before its request is accepted. */
export const MAX_HEAD_BYTES = 256 * 1024;
export const MAX_THREADS = 64;
export const MAX_RETENTION_MS = 3_650 * 86_400_000;
/** The longest delay of a Node timer, 24.8 days; also longer than any limit of a request needs to be. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
/** A self-check keeps the capture of the primary until then; also long enough for most caches of a second or two. */
export const MAX_SELF_CHECK_DELAY_MS = 10_000;
export const MAX_RULE_SHIFT_MS = 3_650 * 86_400_000;
export const MAX_BUDGET = 1_000_000;
/** A percentage: one request in ten thousand. */
export const MIN_FLOOR = 0.01;
export const MAX_IN_FLIGHT = 100_000;
export const MAX_BREAKER_FAILURES = 10_000;
export const MAX_ENDPOINTS = 100_000;
/** Per endpoint. */
export const MAX_DIFFERENCE_SETS = 100_000;
export const MAX_SAMPLES_PER_DIFFERENCE = 1000;
export const MAX_PROBES = 10_000;
export const MAX_PROBE_RATE = 1000;
export const MAX_PROBE_REPEATS = 100;
export const MAX_RETRY_ATTEMPTS = 10;
/** Istio itself has no bound. */
export const ISTIO_MAX_RETRY_ATTEMPTS = 100;
/** Of the weight of a destination; Gateway API has the same bound. */
export const MAX_WEIGHT = 1_000_000;
/** A 32-bit integer of protobuf. */
export const ISTIO_MAX_WEIGHT = 2 ** 31 - 1;
/** Labels of a run are shown in one line with their values. */
export const MAX_LABELS = 20;
export const MAX_LABEL_CHARS = 200;
/** Of the text of a mark. */
export const MAX_MARK_CHARS = 200;
/** Length of the name of a subset or route, as for a DNS label. */
export const MAX_NAME_CHARS = 63;

// Metrics.
/** Two counters, a parity, a ratio and up to three quantiles for each: some 20 KB of a scrape. */
export const DEFAULT_METRICS_ENDPOINTS = 20;
export const MAX_METRICS_ENDPOINTS = 1000;
