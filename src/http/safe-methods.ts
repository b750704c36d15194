/** RFC 9110 §9.2.1: asked twice, they change nothing more. TRACE is safe, too, but refused before anything asks. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
