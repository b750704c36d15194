import type { Problem } from "../config-error.ts";

/** `error`: cannot be served. `warning`: behaves differently than in a mesh. `note`: good to know. */
export type Severity = "error" | "warning" | "note";

/** A message about a field of a document. Its `field` starts with the document: `VirtualService/httpbin spec.http[0].mirror`. */
export interface Diagnostic extends Problem {
  readonly severity: Severity;
}

/** Collects diagnostics without duplicates. */
export class Diagnostics {
  readonly #kept = new Map<string, Diagnostic>();

  add(diagnostic: Diagnostic): void {
    const key = JSON.stringify(diagnostic);
    if (!this.#kept.has(key)) this.#kept.set(key, diagnostic);
  }

  /** In the order in which they were added. */
  get all(): readonly Diagnostic[] {
    return [...this.#kept.values()];
  }
}
