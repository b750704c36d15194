import type { Problem } from "../config-error.ts";

/** `error`: cannot be served. `warning`: acts otherwise than in a mesh. `note`: worth knowing, nothing is lost. */
export type Severity = "error" | "warning" | "note";

/** Something to say about one field of a document. Its `field` begins with the document: `VirtualService/httpbin spec.http[0].mirror`. */
export interface Diagnostic extends Problem {
  readonly severity: Severity;
}

/** Takes what a reader of documents has to say; the same thing is kept once. */
export class Diagnostics {
  readonly #kept = new Map<string, Diagnostic>();

  add(diagnostic: Diagnostic): void {
    const key = JSON.stringify(diagnostic);
    if (!this.#kept.has(key)) this.#kept.set(key, diagnostic);
  }

  /** In the order in which they were found. */
  get all(): readonly Diagnostic[] {
    return [...this.#kept.values()];
  }
}
