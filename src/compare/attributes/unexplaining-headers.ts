/** Request fields that are different in every request, that others say better, or that only concern one connection. */
const NAMES: ReadonlySet<string> = new Set([
  // The body, which has a size and a media type.
  "content-length",
  "content-type",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  // Cookies have names.
  "cookie",
  // Times.
  "date",
  "x-amz-date",
  "x-request-start",
  "x-queue-start",
  "x-timer",
  // Traces.
  "traceparent",
  "tracestate",
  "baggage",
  "b3",
  "sentry-trace",
  "uber-trace-id",
  "x-cloud-trace-context",
  "x-datadog-tags",
  "x-datadog-parent-id",
  "grpc-trace-bin",
  "grpc-tags-bin",
  "elastic-apm-traceparent",
  "x-instana-s",
  "x-instana-t",
  "x-ot-span-context",
  "sw8",
  "newrelic",
  // Ids of requests in networks of content delivery, clouds and balancers.
  "cf-ray",
  "x-amz-cf-id",
  "x-vercel-id",
  "x-azure-ref",
  "x-appengine-request-log-id",
  "x-varnish",
  "x-unique-id",
  "cdn-loop",
  "via",
  // Signatures and numbers that are used once.
  "dpop",
  "signature",
  "signature-input",
  "sec-websocket-key",
  // Connections (RFC 9110 §7.6.1).
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
/** `X-Request-ID`, `X-Correlation-Id`, `X-B3-TraceId`, `Idempotency-Key`, `X-Nonce`, `X-Shopify-Hmac-Sha256`. */
const SUFFIXES =
  /(?:request|correlation|trace|span|transaction|invocation|operation|call|message|delivery|log)[-_]?(?:u?u?id|guid)$|(?:^|[-_])(?:idempotency[-_]key|nonce|timestamp|signature|hmac[-_]sha\d+)$|^shadowdiff-/;

/** Whether a header of requests cannot explain a difference. @param name in lower case */
export function isUnexplaining(name: string): boolean {
  return NAMES.has(name) || SUFFIXES.test(name);
}
