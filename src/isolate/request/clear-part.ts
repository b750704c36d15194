import type { RequestPart } from "../../model/isolate/isolation.ts";

/** A part of a request in the clear: for memory only. */
export interface ClearPart extends RequestPart {
  /** The part within which it is; undefined unless it is inside another one of a body. */
  readonly parent?: ClearPart | undefined;
  /** Values of other requests that can take its place; only for a path, which cannot be left out. */
  readonly others?: readonly string[] | undefined;
}

/** What became of the parts that are not as they were sent: a value in place of the original one, or null if it is left out. */
export type PartChanges = ReadonlyMap<ClearPart, string | null>;
