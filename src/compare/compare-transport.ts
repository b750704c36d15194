import type { Capture } from "../model/capture.ts";
import { failureReason, failureText } from "../presentation/words/failure-words.ts";
import type { FieldDifference } from "./field-difference.ts";

const NO_QUIRKS = "none";

/** The difference of a response that is missing or incomplete. */
export function transportDifference({ failure, status }: Capture): FieldDifference {
  return {
    section: "transport",
    path: "$",
    kind: "transport",
    detail: () => ({
      pointer: "",
      primary: "responded",
      candidate: failure === null ? null : failureText({ ...failure, reason: failureReason(failure, status) }),
    }),
  };
}

/** One difference if the responses deviate from HTTP/1.1 in different ways. */
export function compareQuirks(
  { quirks: left }: Pick<Capture, "quirks">,
  { quirks: right }: Pick<Capture, "quirks">,
): FieldDifference[] {
  if (left === right || left.join() === right.join()) return [];
  const detail = { pointer: "", primary: render(left), candidate: render(right) };
  return [{ section: "transport", path: "$", kind: "protocol-quirk", relation: null, detail: () => detail }];
}

function render(quirks: Capture["quirks"]): string {
  return quirks.length === 0 ? NO_QUIRKS : quirks.join(", ");
}
