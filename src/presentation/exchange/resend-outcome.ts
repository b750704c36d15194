import type { DifferingField } from "../../model/difference.ts";
import type { ResendOutcome } from "../../model/isolate/resend.ts";
import { formatFieldList, formatNames } from "../words/difference-words.ts";

/** What became of the differences of a sample. */
export interface DescribedOutcome {
  readonly outcome: Exclude<ResendOutcome, "failed">;
  /** One sentence. */
  readonly message: string;
}

/**
 * Compares the fields of a sample with those of a fresh comparison. What two responses of the primary's version now differ in is
 * noise, also where it was not measured then.
 * @param paired two responses of the primary's version were compared, too
 * @param leftOut masked places of the request without which it was sent now
 */
export function describeResend(
  then: readonly DifferingField[],
  now: readonly DifferingField[],
  paired: boolean,
  leftOut: readonly string[],
): DescribedOutcome {
  const noise = new Set(now.filter(({ mark }) => mark !== "raw").map(keyOf));
  const before = then.filter((field) => field.mark !== "noise" && !noise.has(keyOf(field)));
  const after = now.filter(({ mark }) => mark === "raw");
  const known = new Set(before.map(keyOf));
  const found = new Set(after.map(keyOf));
  const gone = before.filter((field) => !found.has(keyOf(field)));
  const added = after.filter((field) => !known.has(keyOf(field)));
  const measured = paired ? "" : " (noise was not measured)";
  if (after.length === 0) {
    const rest = noise.size === 0 ? "" : ", apart from noise";
    if (leftOut.length === 0) return { outcome: "none", message: `No longer differs${rest}${measured}.` };
    const message = `Does not differ${rest}, but was sent without ${formatNames(leftOut)}, which may be why${measured}.`;
    return { outcome: "unknown", message };
  }
  if (gone.length === 0 && added.length === 0) {
    const without = leftOut.length === 0 ? "" : `, also without ${formatNames(leftOut)}`;
    return { outcome: "same", message: `Still differs in ${formatFieldList(after)}${without}${measured}.` };
  }
  const kept = after.filter((field) => known.has(keyOf(field)));
  const parts = [
    kept.length === 0 ? "" : `still in ${formatFieldList(kept)}`,
    gone.length === 0 ? "" : `no longer in ${formatFieldList(gone)}`,
    added.length === 0 ? "" : `now in ${formatFieldList(added)}`,
  ];
  const without = leftOut.length === 0 ? "" : `; it was sent without ${formatNames(leftOut)}, which may be why`;
  return {
    outcome: "other",
    message: `Differs in another way: ${parts.filter((part) => part !== "").join("; ")}${without}${measured}.`,
  };
}

function keyOf({ section, path, kind }: DifferingField): string {
  return `${section}\n${path}\n${kind}`;
}
