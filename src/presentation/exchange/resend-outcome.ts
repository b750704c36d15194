import type { DifferingField } from "../../model/difference.ts";
import type { ResendOutcome } from "../../model/isolate/resend.ts";
import { formatFieldList } from "../words/difference-words.ts";

/** What became of the differences of a sample. */
export interface DescribedOutcome {
  readonly outcome: Exclude<ResendOutcome, "failed">;
  /** One sentence. */
  readonly message: string;
}

/**
 * Compares the fields of a sample with those of a fresh comparison. What two responses of the primary's version now differ in is
 * noise, also where it was not measured then.
 */
export function describeResend(
  then: readonly DifferingField[],
  now: readonly DifferingField[],
  paired: boolean,
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
    return { outcome: "none", message: `No longer differs${rest}${measured}.` };
  }
  if (gone.length === 0 && added.length === 0) {
    return { outcome: "same", message: `Still differs in ${formatFieldList(after)}${measured}.` };
  }
  const kept = after.filter((field) => known.has(keyOf(field)));
  const parts = [
    kept.length === 0 ? "" : `still in ${formatFieldList(kept)}`,
    gone.length === 0 ? "" : `no longer in ${formatFieldList(gone)}`,
    added.length === 0 ? "" : `now in ${formatFieldList(added)}`,
  ];
  return {
    outcome: "other",
    message: `Differs in another way: ${parts.filter((part) => part !== "").join("; ")}${measured}.`,
  };
}

function keyOf({ section, path, kind }: DifferingField): string {
  return `${section}\n${path}\n${kind}`;
}
