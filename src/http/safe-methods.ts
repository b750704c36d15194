/** Safe methods (RFC 9110 §9.2.1): a retry changes nothing on the server. TRACE is safe too, but the listener refuses it. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
