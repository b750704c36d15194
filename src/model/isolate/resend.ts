import type { Role } from "../capture.ts";
import type { Difference, DifferingField } from "../difference.ts";
import type { ProbeLegsByRole } from "./probe.ts";

/**
 * What became of the differences of a sample whose request was sent again. Fields in which two responses of the primary's version
 * differ, too, do not count. `same`: in the same fields; `other`: in other ones, or in only some of them, or in more; `none`: no
 * longer; `unknown`: there is no difference, but parts of the request were left out, which may be why; `failed`: nothing could be
 * compared.
 */
export type ResendOutcome = "same" | "other" | "none" | "unknown" | "failed";

/** The fresh comparison of the request of a sample. */
export interface Resend {
  readonly sampleId: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly endpoint: string;
  readonly candidate: string;
  readonly outcome: ResendOutcome;
  /** One sentence. */
  readonly message: string;
  /** Masked places of the request without which it was sent: `header authorization`, `cookie SID`. */
  readonly leftOut: readonly string[];
  /** Null if the request was not sent. */
  readonly legs: ProbeLegsByRole | null;
  /** Two responses of the primary's version were compared, too. */
  readonly paired: boolean;
  readonly fields: readonly DifferingField[];
  readonly differences: readonly Difference[];
  /** What was found when it was stored. */
  readonly sample: {
    readonly at: number;
    readonly fields: readonly DifferingField[];
    readonly differences: readonly Difference[];
    readonly statuses: { readonly primary: number; readonly candidate: number };
  };
  /** The causes of the sample, and whether each shows again. */
  readonly causes: readonly { readonly signature: string; readonly title: string; readonly shows: boolean }[];
}

/** Where a request would be sent. */
export interface ProbeDestination {
  readonly role: Role;
  readonly subset: string;
  /** Several are separated by commas. */
  readonly url: string;
}

/** What must be known before the request of a sample is sent again. */
export interface ResendPreview {
  readonly method: string;
  /** Places whose values were not stored: `header authorization`, `cookie SID`, `query api_key`, `path 2`, `body`. */
  readonly masked: readonly string[];
  /** The request must say that it is confirmed, because `isolate.enabled` is not set. */
  readonly needsConfirm: boolean;
  readonly targets: readonly ProbeDestination[];
  /** Why it cannot be sent again whatever is typed in; null if it can. */
  readonly refusal: { readonly message: string; readonly remedy: string } | null;
}
