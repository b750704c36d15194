/** A span in its trace. The ids have 32 and 16 lower-case hexadecimal digits. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}
