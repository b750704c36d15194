import type { RawHeaders, Timing, TransportFailure } from "./capture.ts";
import type { Difference, DifferingField } from "./difference.ts";

/** How the stored bytes of a sampled body are to be read. `binary` bodies are kept as length and hash only. */
export type BodyForm = "empty" | "json" | "text" | "binary";

export interface SampleBody {
  readonly form: BodyForm;
  readonly mediaType: string;
  /** Bytes on the wire. */
  readonly length: number;
  /** Only a prefix was captured, or decoding was cut at its cap. */
  readonly truncated: boolean;
  /** UTF-8 text, content codings removed, redacted, zstd-compressed; for `binary` the hexadecimal SHA-256 as text. */
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
}

/** A whole exchange kept as an example of its differences. */
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
 * One place that a person should see highlighted when two JSON bodies stand side by side.
 * `pointer` is a JSON Pointer (RFC 6901): into the candidate for `add`, into the primary for `remove`, into both for
 * `replace` (arrays are paired by index). The empty pointer is the whole body.
 */
export interface BodyChange {
  readonly op: "add" | "remove" | "replace";
  readonly pointer: string;
}

/** A sampled body, decompressed. For `binary` bodies `text` is the hexadecimal SHA-256. */
export interface SampleDetailBody extends Omit<SampleBody, "content"> {
  readonly text: string;
}

export interface SampleDetailLeg extends Omit<SampleLeg, "body"> {
  readonly body: SampleDetailBody;
}

/** A kept exchange as the dashboard shows it. */
export interface SampleDetail extends Omit<Sample, "legs"> {
  readonly legs: {
    readonly primary: SampleDetailLeg;
    readonly candidate: SampleDetailLeg;
    readonly secondary: SampleDetailLeg | null;
  };
  /** From the primary's body to the candidate's, for highlighting; null unless both are whole JSON documents. */
  readonly changes: readonly BodyChange[] | null;
  /** The limits of the search were reached: there may be more changes than these. */
  readonly changesCut: boolean;
}
