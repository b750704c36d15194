import type { RawHeaders, Timing, TraceReference, TransportFailure } from "./capture.ts";
import type { Difference, DifferingField } from "./difference.ts";

/** How a fingerprint begins, which replaces a secret. */
export const FINGERPRINT = "[redacted:";

/** The format of a sampled body. Of a `binary` body only length and hash are kept. */
export type BodyForm = "empty" | "json" | "text" | "binary";

export interface SampleBody {
  readonly form: BodyForm;
  readonly mediaType: string;
  /** Length on the wire, in bytes. */
  readonly length: number;
  /** The body was cut at the capture cap or at the cap on decoded bytes. */
  readonly truncated: boolean;
  /** UTF-8 text: decoded, redacted, then compressed with zstd. For `binary` the hexadecimal SHA-256 as text. */
  readonly content: Uint8Array;
}

export interface SampleLeg {
  readonly subset: string;
  readonly failure: TransportFailure | null;
  readonly status: number;
  readonly headers: RawHeaders;
  readonly trailers: RawHeaders;
  readonly body: SampleBody;
  readonly timing: Timing;
  /** See `Capture.trace`. Samples of earlier versions have none. */
  readonly trace?: TraceReference | undefined;
  /** See `Capture.address`. Samples of earlier versions have none. */
  readonly address?: string | undefined;
}

/** An exchange stored as an example of its differences. */
export interface Sample {
  readonly id: string;
  readonly at: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
  readonly fields: readonly DifferingField[];
  readonly differences: readonly Difference[];
  readonly legs: { readonly primary: SampleLeg; readonly candidate: SampleLeg; readonly secondary: SampleLeg | null };
}

/**
 * A change to highlight in the comparison of two JSON bodies. `pointer` is a JSON Pointer (RFC 6901): into the candidate's body
 * for `add`, otherwise into the primary's. The empty pointer is the entire body. All elements of two arrays that are neither
 * added, removed nor moved are pairs, in order.
 */
export interface BodyChange {
  readonly op: "add" | "remove" | "replace" | "move";
  readonly pointer: string;
  /** The place in the candidate's body, for `replace` and `move`; undefined where it is `pointer`. */
  readonly candidatePointer?: string | undefined;
}

/** A sampled body, decompressed. For a `binary` body `text` is the hexadecimal SHA-256. */
export interface SampleDetailBody extends Omit<SampleBody, "content"> {
  readonly text: string;
}

export interface SampleDetailLeg extends Omit<SampleLeg, "body"> {
  readonly body: SampleDetailBody;
  /** Where people can see the trace; undefined without a trace, and unless a template is configured. */
  readonly traceUrl?: string | undefined;
}

/** A sample as the dashboard shows it. */
export interface SampleDetail extends Omit<Sample, "legs"> {
  readonly legs: {
    readonly primary: SampleDetailLeg;
    readonly candidate: SampleDetailLeg;
    readonly secondary: SampleDetailLeg | null;
  };
  /** Changes from the primary's body to the candidate's; null unless both are complete JSON documents. */
  readonly changes: readonly BodyChange[] | null;
  /** The search reached its limit: there can be more changes than listed. */
  readonly changesCut: boolean;
}
