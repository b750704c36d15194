// Limits and timeouts of client connections. The request timeouts are options: `config/defaults.ts`.

/** Longer than the 60 s for which load balancers usually keep a connection, so that they close it first. */
export const CLIENT_IDLE_TIMEOUT_MS = 75_000;
/** A connection without a request so far does not count as idle for this long: its first request may be on its way. */
export const FRESH_MS = 100;
/** Bytes of pipelined HTTP/1.1 requests that are buffered; beyond that the connection is not read. */
export const MAX_PIPELINED_BYTES = 64 * 1024;
/** Time for a client to read the last response and close, while its further bytes are discarded (RFC 9112 §9.6). */
export const LINGER_MS = 1_000;
/** Limit for the whole linger, however many bytes still arrive. */
export const MAX_LINGER_MS = 30_000;
