import type { FieldReport } from "../../model/report.ts";
import { formatShare, formatTime } from "./number-format.ts";

/** Below it, bursts hardly change the evidence. */
export const NOTABLE_INFLATION = 2;

/** What limits or dates the verdict of a field, in short sentences. */
export function fieldNotes({
  inflation,
  mayHide,
  since,
}: Pick<FieldReport, "inflation" | "mayHide" | "since">): readonly string[] {
  return [
    ...(since === null ? [] : [`since ${formatTime(since)}`]),
    ...(mayHide === null ? [] : [`noise could hide a change in up to ${formatShare(mayHide)} of responses`]),
    ...(inflation < NOTABLE_INFLATION
      ? []
      : [`differences come in bursts: about ${Math.round(inflation)} count as one`]),
  ];
}
