import { InvalidArgumentError } from "commander";
import type { Mark } from "../../model/explain/mark.ts";

/** What `run mark` sends. */
export interface MarkOptions extends Pick<Mark, "text" | "kind"> {
  /** Admin address. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Unix milliseconds; default: now. */
  readonly at?: number | undefined;
  readonly subset?: string | undefined;
  /** Id or name; default: the current run. */
  readonly run?: string | undefined;
}

const UNIX_MS = /^\d{12,}$/;
/** With a time zone, because the server can be in another one. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i;

/** The value of `--at`, in Unix milliseconds. @throws {InvalidArgumentError} for anything else */
export function parseTime(text: string): number {
  const at = UNIX_MS.test(text) ? Number(text) : ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(at)) return at;
  throw new InvalidArgumentError("Write 2026-11-20T10:01:00Z, with a time zone, or Unix milliseconds.");
}
