import type { Sample, SampleBody, SampleLeg } from "./difference.ts";
import type { Change } from "./drill-down.ts";

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
  readonly changes: readonly Change[] | null;
  /** The limits of the search were reached: there may be more changes than these. */
  readonly changesCut: boolean;
}
